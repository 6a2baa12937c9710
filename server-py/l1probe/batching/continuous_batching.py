"""Cells take turns in one thread, and the forwards that wait in a round run as batches.

Each cell's stock pipeline runs as a coroutine. It goes on until it asks the transformer; when
every open cell waits there, forwards of one kind run together, and each cell goes on with its
own rows. Nothing of a pipeline runs at the same time as anything else, so tokenizers, VAEs and
offloading hooks need no locks, and equal requests make equal batches.
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

from l1probe.batching.batch import kind
from l1probe.observe.forward import Answer, Forward


@runtime_checkable
class Evaluator(Protocol):
    """How forwards of one kind go through the transformer."""

    def length_key(self, forward: Forward) -> int:
        """Forwards with near values are cheap in one batch."""
        ...

    def evaluate(self, forwards: Sequence[Forward]) -> list[Answer]:
        """Answers each, in order."""
        ...


#: A cell's coroutine and what it asks.
Waiting = tuple[greenlet, Forward]


class BatchScheduler:
    """The open cells of one thread. Not for use from another.

    Args:
        max_rows: of one batch; a single forward may have more. At 1 every forward runs alone.
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
        """Starts a cell; returns when it asks the transformer or has ended."""
        cell = greenlet(work)
        # What is set for this thread, such as a compiler's settings, holds for its cells too.
        cell.gr_context = copy_context()
        self._note(cell, cell.switch())

    def answer(self, forward: Forward) -> Answer:
        """Called by a cell: waits for the batch that has its forward."""
        hub: Any = getcurrent().parent
        return hub.switch(forward)

    def advance(self) -> None:
        """Answers every open cell once; each goes on until it asks again or has ended."""
        waiting, self._waiting = self._waiting, []
        asked: list[list[Waiting]] = []
        for group in self._askers(waiting):
            known = self._firsts.find(group[0][1]) if self._firsts else None
            if known is None:
                asked.append(group)
            else:
                self._tell(group, known)
        for batch in self._batches(asked):
            answers = self._answers([group[0][1] for group in batch])
            for group, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    self._fail(group, answer)
                    continue
                if self._firsts:
                    self._firsts.keep(group[0][1], answer)
                # Copied before the first may write into what it gets; and the first stays first,
                # so that it computes the other way of guidance too.
                told = [answer, *(_copy(answer) for _ in group[1:])]
                for (cell, _), own in zip(group, told, strict=True):
                    self._note(cell, cell.switch(own))

    def _askers(self, waiting: Iterable[Waiting]) -> list[list[Waiting]]:
        """Cells that ask the same are one group."""
        groups: dict[Hashable, list[Waiting]] = {}
        for cell, forward in waiting:
            alone = self._firsts is None or forward.same_as is None
            groups.setdefault(cell if alone else forward.same_as, []).append((cell, forward))
        return list(groups.values())

    def _batches(self, groups: Iterable[list[Waiting]]) -> Iterator[list[list[Waiting]]]:
        kinds: dict[Hashable, list[tuple[int, int, list[Waiting]]]] = {}
        for group in groups:
            forward = group[0][1]
            try:
                placed = self._evaluator.length_key(forward), forward.rows, group
                kinds.setdefault(kind(forward), []).append(placed)
            except Exception as error:
                self._fail(group, error)
        for alike in kinds.values():
            batch, rows = [], 0
            for _, more, group in sorted(alike, key=itemgetter(0)):
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
            # Its traceback keeps alive what had been computed, which may be most of the memory.
            traceback.clear_frames(error.__traceback__)
            if isinstance(error, torch.OutOfMemoryError):
                torch.cuda.empty_cache()
            if len(forwards) == 1:
                return [error]
        # Out of memory, halves may fit; and one cell's error must not be another's.
        half = len(forwards) // 2
        return [*self._answers(forwards[:half]), *self._answers(forwards[half:])]

    def _tell(self, group: Iterable[Waiting], answer: Answer) -> None:
        for cell, _ in group:
            self._note(cell, cell.switch(_copy(answer)))

    def _fail(self, group: Iterable[Waiting], error: Exception) -> None:
        for cell, _ in group:
            self._note(cell, cell.throw(error))

    def _note(self, cell: greenlet, asked: Any) -> None:
        if not cell.dead:
            self._waiting.append((cell, asked))


class FirstSteps:
    """Answers to first evaluations, which cells that differ only in what comes later share.

    Args:
        kept: answers; the least recently used go first.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def find(self, forward: Forward) -> Answer | None:
        """What an equal forward gave, marked as shared."""
        if forward.same_as not in self._answers:
            return None
        self._answers.move_to_end(forward.same_as)
        return self._answers[forward.same_as]

    def keep(self, forward: Forward, answer: Answer) -> None:
        """Remembers what a forward that says what it equals gave."""
        if forward.same_as is None:
            return
        self._answers[forward.same_as] = _copy(answer)
        while len(self._answers) > self._kept:
            self._answers.popitem(last=False)


def _copy(answer: Answer) -> Answer:
    # Of its own, as a pipeline may write into what it gets.
    return replace(answer, output=tuple(t.clone() for t in answer.output), shared=True)
