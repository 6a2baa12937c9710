"""True CFG whose scale changes within a cell: a number with the value of the step that runs.

A stock pipeline is given this number as its scale. It decides by it whether true CFG runs at all,
and multiplies by it in every evaluation. So whatever a pipeline makes of its scale (rescaling, a
norm, its own dtype) stays its own arithmetic.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from l1probe.families import Cell


class Guidance:
    """The scale of true CFG in the evaluation that runs.

    Args:
        cell: with one scale per step or per expert.
        experts: names of the model's transformers, in the order of the cell's scales.
    """

    def __init__(self, cell: Cell, experts: Sequence[str]) -> None:
        self._by_step = cell.true_cfg_scales
        self._by_expert = dict(zip(experts, cell.expert_true_cfg_scales, strict=False))
        self._reads = 0
        #: The scale now.
        self.scale = cell.true_cfg_scale
        #: What the pipeline is given. Its own value is the largest scale of the cell.
        self.number: float = SteppedScale(cell.true_cfg_scale, self._read)

    def enter(self, step: int, expert: str) -> None:
        """An evaluation begins: of which step, by which transformer."""
        self.scale = self._by_step[step] if self._by_step else self._by_expert[expert]

    def leave(self) -> None:
        """An evaluation ends.

        Raises:
            RuntimeError: the pipeline guided it by another number than :attr:`number`.
        """
        reads, self._reads = self._reads, 0
        if not reads:
            raise RuntimeError(
                "the pipeline did not multiply by its scale of true CFG, so the scale cannot "
                "change within a cell; give one true_cfg_scale"
            )

    def _read(self) -> float:
        self._reads += 1
        return self.scale


def guidance_of(cell: Cell, experts: Sequence[str]) -> Guidance | None:
    """The guidance of a cell whose scale changes; None if one number says it all."""
    if not (cell.true_cfg_scales or cell.expert_true_cfg_scales) or cell.true_cfg_scale <= 1:
        return None
    return Guidance(cell, experts)


def _lifted(operation: Callable[[Any, Any], Any]) -> Any:
    """The operation with the present value on tensors; on numbers, another such number."""

    def lifted(self: SteppedScale, other: Any) -> Any:
        if not isinstance(other, Real):
            return operation(self.now(), other)
        other_now = other.now if isinstance(other, SteppedScale) else lambda: other
        return SteppedScale(
            operation(float(self), float(other)), lambda: operation(self.now(), other_now())
        )

    return lifted


class SteppedScale(float):
    """A number that compares as a constant and computes with the value of `now`."""

    now: Callable[[], float]

    def __new__(cls, constant: float, now: Callable[[], float]) -> SteppedScale:
        number = super().__new__(cls, constant)
        number.now = now
        return number

    __add__: Any = _lifted(operator.add)
    __radd__: Any = _lifted(lambda scale, other: other + scale)
    __sub__: Any = _lifted(operator.sub)
    __rsub__: Any = _lifted(lambda scale, other: other - scale)
    __mul__: Any = _lifted(operator.mul)
    __rmul__: Any = _lifted(lambda scale, other: other * scale)
    __truediv__: Any = _lifted(operator.truediv)
