"""Runs a batch: text padding is cut, and the batch is padded to a compiled size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from l1probe.batching.batch import join, split
from l1probe.batching.forward_times import ForwardTimes
from l1probe.batching.masks import without_masks
from l1probe.batching.padded_text import cut_text, valid_tokens
from l1probe.families.family import PaddedText
from l1probe.observe.forward import Answer, Forward, run

#: Smallest share of a compiled size that may be real samples; below it, two batches are cheaper.
FULL_ENOUGH = 0.75


class Unbatched:
    """The reference: one forward at a time, as the stock pipeline runs it."""

    def __init__(self, times: ForwardTimes) -> None:
        self._times = times

    def length_key(self, forward: Forward) -> int:
        return 0

    def evaluate(self, forwards: Sequence[Forward]) -> list[Answer]:
        return [self._run(forward) for forward in forwards]

    def _run(self, forward: Forward) -> Answer:
        with self._times.measure(forward.size, forward.rows):
            return Answer(run(forward), forward.rows)


class Batched:
    """Runs forwards of the same batch key as one.

    Args:
        times: records how long each batch took.
        sizes: batch sizes that the transformer was compiled for, ascending; None for any size.
        text: the inputs with padded text; None if the family has none that can be cut.
    """

    def __init__(
        self,
        times: ForwardTimes,
        sizes: Sequence[int] | None = None,
        text: PaddedText | None = None,
    ) -> None:
        self._times = times
        self._sizes = sizes
        self._text = text
        # A cell's mask is the same tensor in all its steps, and reading it waits for the device.
        self._lengths: Any = WeakTensorKeyDictionary()

    def length_key(self, forward: Forward) -> int:
        length = self._length(forward)
        return 0 if length is None else length

    def evaluate(self, forwards: Sequence[Forward]) -> list[Answer]:
        return [answer for part in self._parts(forwards) for answer in self._run(part)]

    def _parts(self, forwards: Sequence[Forward]) -> list[Sequence[Forward]]:
        """The batch as it is, or split if padding would be more than a quarter of it."""
        rows = sum(forward.rows for forward in forwards)
        size = self._size(rows)
        if rows >= FULL_ENOUGH * size or len(forwards) == 1:
            return [forwards]
        fitting = max((size for size in self._sizes or () if size < rows), default=0)
        count, filled = 1, forwards[0].rows
        while filled + forwards[count].rows <= fitting:
            filled += forwards[count].rows
            count += 1
        return [*self._parts(forwards[:count]), *self._parts(forwards[count:])]

    def _run(self, forwards: Sequence[Forward]) -> list[Answer]:
        rows = self._size(sum(forward.rows for forward in forwards))
        inputs = join(forwards, rows)
        lengths = {self._length(forward) for forward in forwards}
        known = [length for length in lengths if length is not None]
        if self._text is not None and len(known) == len(lengths):
            inputs = cut_text(inputs, self._text, max(known))
        same_length = len(known) == len(lengths) == 1
        nothing_masked = same_length and self._text is not None and self._text.is_all
        with self._times.measure(forwards[0].size, rows), without_masks(nothing_masked):
            output = run(replace(forwards[0], inputs=inputs))
        return [Answer(own, rows) for own in split(output, forwards)]

    def _size(self, rows: int) -> int:
        if self._sizes is None:
            return rows
        return next((size for size in self._sizes if size >= rows), rows)

    def _length(self, forward: Forward) -> int | None:
        if self._text is None:
            return None
        mask: Tensor | None = forward.inputs.get(self._text.mask)
        if mask is None:
            return None
        if mask not in self._lengths:
            self._lengths[mask] = valid_tokens(mask)
        return self._lengths[mask]
