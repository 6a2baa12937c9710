"""Cells run as coroutines of one thread, and their forwards run as batches.

Each cell's stock pipeline runs until it calls the transformer. Once every open cell is waiting
there, forwards of the same batch key run together, and each cell continues with its own samples.
Two pipelines never run at the same time, so tokenizers, VAEs and offloading hooks need no locks,
and equal requests make equal batches.
"""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import replace
from operator import itemgetter
from typing import Any, Protocol, runtime_checkable

import torch
from greenlet import getcurrent, greenlet

from l1probe.batching.batch import batch_key
from l1probe.observe.forward import Answer, Forward


@runtime_checkable
class Evaluator(Protocol):
    """How forwards of the same batch key go through the transformer."""

    def length_key(self, forward: Forward) -> int:
        """Forwards with similar values are cheap to batch."""
        ...

    def evaluate(self, forwards: Sequence[Forward]) -> list[Answer]:
        """Returns one answer per forward, in order."""
        ...


#: A cell's coroutine and the forward that it waits for.
Waiting = tuple[greenlet, Forward]


class BatchScheduler:
    """The open cells of one thread. Not for use from another.

    Args:
        max_rows: largest batch size; a single forward may be larger. At 1 each forward runs alone.
        evaluator: runs the batches.
    """

    def __init__(self, max_rows: int, evaluator: Evaluator) -> None:
        self._max_rows = max_rows
        self._evaluator = evaluator
        self._waiting: list[Waiting] = []
        self._firsts = FirstSteps(2 * max_rows) if max_rows > 1 else None

    @property
    def open(self) -> int:
        """Cells that wait for the transformer."""
        return len(self._waiting)

    def enter(self, work: Callable[[], None]) -> None:
        """Starts a cell; returns when it calls the transformer or has ended."""
        cell = greenlet(work)
        # Context variables of this thread, such as the compiler's options, apply to its cells too.
        cell.gr_context = copy_context()
        self._note(cell, cell.switch())

    def answer(self, forward: Forward) -> Answer:
        """Called by a cell: waits until its forward has run in a batch."""
        hub: Any = getcurrent().parent
        return hub.switch(forward)

    def advance(self) -> None:
        """Answers every open cell once; each continues to its next forward or its end."""
        waiting, self._waiting = self._waiting, []
        unknown: list[list[Waiting]] = []
        for group in self._groups(waiting):
            known = self._firsts.find(group[0][1]) if self._firsts else None
            if known is None:
                unknown.append(group)
            else:
                self._resume(group, known)
        for batch in self._batches(unknown):
            answers = self._answers([group[0][1] for group in batch])
            for group, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    self._fail(group, answer)
                    continue
                if self._firsts:
                    self._firsts.keep(group[0][1], answer)
                # Copied first, since a pipeline may write into its output. The first cell stays
                # first, so that it computes the other forward of the evaluation too.
                answers_of_group = [answer, *(_copy(answer) for _ in group[1:])]
                for (cell, _), own in zip(group, answers_of_group, strict=True):
                    self._note(cell, cell.switch(own))

    def _groups(self, waiting: Iterable[Waiting]) -> list[list[Waiting]]:
        """Groups cells that wait for equal forwards."""
        groups: dict[Hashable, list[Waiting]] = {}
        for cell, forward in waiting:
            alone = self._firsts is None or forward.same_as is None
            groups.setdefault(cell if alone else forward.same_as, []).append((cell, forward))
        return list(groups.values())

    def _batches(self, groups: Iterable[list[Waiting]]) -> Iterator[list[list[Waiting]]]:
        by_key: dict[Hashable, list[tuple[int, int, list[Waiting]]]] = {}
        for group in groups:
            forward = group[0][1]
            try:
                placed = self._evaluator.length_key(forward), forward.rows, group
                by_key.setdefault(batch_key(forward), []).append(placed)
            except Exception as error:
                self._fail(group, error)
        for group_of_key in by_key.values():
            batch, rows = [], 0
            for _, more, group in sorted(group_of_key, key=itemgetter(0)):
                if batch and rows + more > self._max_rows:
                    yield batch
                    batch, rows = [], 0
                batch.append(group)
                rows += more
            yield batch

    def _answers(self, forwards: Sequence[Forward]) -> Sequence[Answer | Exception]:
        try:
            return self._evaluator.evaluate(forwards)
        except Exception as error:
            # The traceback keeps intermediate tensors alive, which may be most of the memory.
            traceback.clear_frames(error.__traceback__)
            if isinstance(error, torch.OutOfMemoryError):
                torch.cuda.empty_cache()
            if len(forwards) == 1:
                return [error]
        # Halves may fit into memory, and one cell's error must not end another cell.
        half = len(forwards) // 2
        return [*self._answers(forwards[:half]), *self._answers(forwards[half:])]

    def _resume(self, group: Iterable[Waiting], answer: Answer) -> None:
        for cell, _ in group:
            self._note(cell, cell.switch(_copy(answer)))

    def _fail(self, group: Iterable[Waiting], error: Exception) -> None:
        for cell, _ in group:
            self._note(cell, cell.throw(error))

    def _note(self, cell: greenlet, forward: Any) -> None:
        if not cell.dead:
            self._waiting.append((cell, forward))


class FirstSteps:
    """Answers to first evaluations, shared by cells with the same first-step key.

    Args:
        capacity: answers to keep; the least recently used is dropped first.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def find(self, forward: Forward) -> Answer | None:
        """The answer to an equal forward, marked as shared; None if there is none."""
        if forward.same_as not in self._answers:
            return None
        self._answers.move_to_end(forward.same_as)
        return self._answers[forward.same_as]

    def keep(self, forward: Forward, answer: Answer) -> None:
        """Remembers the answer to a forward whose `same_as` is known."""
        if forward.same_as is None:
            return
        self._answers[forward.same_as] = _copy(answer)
        while len(self._answers) > self._capacity:
            self._answers.popitem(last=False)


def _copy(answer: Answer) -> Answer:
    # A copy, since a pipeline may write into its output.
    return replace(answer, output=tuple(t.clone() for t in answer.output), shared=True)
