"""Sums on the device: signals are reduced where they lie, and read back as records carry them.

Inputs are read as float32 and accumulated in float64, so a sum is exact to about
1e-7 relative however large the tensor. Reducing does not wait for the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Float64, Real
from torch import Tensor

from l1probe.records.step import (
    PAIR_SUMS,
    SIGNAL_SUMS,
    DifferenceSums,
    PairSums,
    SignalSums,
    Sums,
)


def _in_order(names: Sequence[str], rows: Mapping[str, Tensor]) -> Tensor:
    return torch.stack([rows[name] for name in names])


def reduce_signals(x: Float[Tensor, "rows elements"]) -> Float64[Tensor, "sums rows"]:
    """SIGNAL_SUMS of each row."""
    v = _wide(x)
    return _in_order(
        SIGNAL_SUMS,
        {
            "sum_abs": v.abs().sum(1),
            "sum_squares": v.square().sum(1),
            "min": v.amin(1),
            "max": v.amax(1),
            "non_finite": (~v.isfinite()).sum(1, dtype=v.dtype),
        },
    )


def reduce_pairs(
    later: Float[Tensor, "rows elements"], reference: Float[Tensor, "rows elements"]
) -> Float64[Tensor, "sums rows"]:
    """PAIR_SUMS of each row."""
    a, b = _wide(later), _wide(reference)
    difference = a - b
    return _in_order(
        PAIR_SUMS,
        {
            "sum_abs_difference": difference.abs().sum(1),
            "sum_squared_difference": difference.square().sum(1),
            "sum_product": (a * b).sum(1),
            "sum_abs_reference": b.abs().sum(1),
        },
    )


@dataclass(frozen=True)
class Reducers:
    """The two reductions, as they are or compiled into a few kernels.

    Attributes:
        signals: :func:`reduce_signals`.
        pairs: :func:`reduce_pairs`.
    """

    signals: Callable[[Tensor], Tensor] = reduce_signals
    pairs: Callable[[Tensor, Tensor], Tensor] = reduce_pairs


EAGER = Reducers()


def signal_sums(
    signals: Sequence[Float[Tensor, "frames ..."]], reducers: Reducers = EAGER
) -> Float64[Tensor, "signals sums frames"]:
    """Sums of signals per frame: Σ|x|, Σx², min, max and the number of non-finite elements.

    Args:
        signals: of one sample, equal in shape, frames first; any float dtype.
        reducers: eager or compiled.

    Returns:
        For each signal one row per name in SIGNAL_SUMS. A NaN or an infinity stays in the sums.
    """
    sums = reducers.signals(_stacked(signals))
    return sums.unflatten(1, (len(signals), -1)).movedim(1, 0)


def pair_sums(
    later: Sequence[Float[Tensor, "frames ..."]],
    reference: Sequence[Float[Tensor, "frames ..."]],
    reducers: Reducers = EAGER,
) -> Float64[Tensor, "pairs sums frames"]:
    """Sums of pairs of signals per frame: Σ|a−b|, Σ(a−b)², Σab and Σ|b|.

    Σ|a−b| / Σ|b| is the relative L1 change of TeaCache (arXiv:2411.19108, eq. 5).

    Args:
        later: each pair's a.
        reference: each pair's b, which its a is measured against.
        reducers: eager or compiled.

    Returns:
        For each pair one row per name in PAIR_SUMS.
    """
    a, b = _stacked(later), _stacked(reference)
    # A single row, the first step of one frame, would be compiled on its own.
    reduce = reducers.pairs if len(a) > 1 else reduce_pairs
    return reduce(a, b).unflatten(1, (len(later), -1)).movedim(1, 0)


def step_sums(
    head: Real[Tensor, ""],
    signals: Sequence[Float[Tensor, "frames ..."]],
    later: Sequence[Float[Tensor, "frames ..."]],
    reference: Sequence[Float[Tensor, "frames ..."]],
    reducers: Reducers = EAGER,
) -> Float64[Tensor, "rows frames"]:
    """All sums of one step in one tensor, which one copy brings to the host.

    Args:
        head: a value to send along.
        signals: as in :func:`signal_sums`; at least one.
        later: as in :func:`pair_sums`; at least one.
        reference: as in :func:`pair_sums`.
        reducers: eager or compiled.

    Returns:
        A row of `head`, then each signal's SIGNAL_SUMS, then each pair's PAIR_SUMS;
        :func:`read_step_sums` reads it.
    """
    sums = signal_sums(signals, reducers).flatten(0, 1)
    first = head.to(sums).reshape(1, 1).expand(1, sums.shape[1])
    return torch.cat((first, sums, pair_sums(later, reference, reducers).flatten(0, 1)))


@dataclass(frozen=True)
class StepSums:
    """What :func:`step_sums` packed, by name."""

    head: float
    signals: Mapping[str, SignalSums]
    differences: Mapping[str, DifferenceSums]


def read_step_sums(
    table: Float[Tensor, "rows frames"],
    signals: Sequence[str],
    differences: Sequence[str],
    per_frame: int,
    has_frames: bool = True,
) -> StepSums:
    """Reads the packed sums of one step on the host.

    Args:
        table: as :func:`step_sums` returned it.
        signals: names, in the order in which they were packed.
        differences: names, in the order in which they were packed.
        per_frame: elements of one frame.
        has_frames: whether to keep the sums per frame.
    """
    values = table.to(torch.float64)
    rows = map(
        _Row,
        values.tolist(),
        values.sum(1).tolist(),
        values.amin(1).tolist(),
        values.amax(1).tolist(),
    )
    head = next(rows).frames[0]
    count = per_frame * values.shape[1]
    read_signals, read_differences = {}, {}
    for name in signals:
        whole, frames = _take(rows, SIGNAL_SUMS)
        each = (_as_sums(per_frame, frame) for frame in frames if has_frames)
        read_signals[name] = SignalSums(_as_sums(count, whole), tuple(each))
    for name in differences:
        whole, frames = _take(rows, PAIR_SUMS)
        each = (PairSums(count=per_frame, **frame) for frame in frames if has_frames)
        read_differences[name] = DifferenceSums(PairSums(count=count, **whole), tuple(each))
    return StepSums(head, read_signals, read_differences)


class _Row(NamedTuple):
    """One row of the table, and what it could be over the whole."""

    frames: list[float]
    sum: float
    min: float
    max: float


def _take(
    rows: Iterator[_Row], names: Sequence[str]
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """The next rows by name: over the whole, and per frame."""
    taken = {name: next(rows) for name in names}
    whole = {
        name: {"min": row.min, "max": row.max}.get(name, row.sum) for name, row in taken.items()
    }
    frames = zip(*(row.frames for row in taken.values()), strict=True)
    return whole, [dict(zip(names, frame, strict=True)) for frame in frames]


def _as_sums(count: int, named: Mapping[str, float]) -> Sums:
    values: dict[str, Any] = {**named, "non_finite": int(named["non_finite"])}
    return Sums(count=count, **values)


def elements_per_frame(signal: Float[Tensor, "frames ..."]) -> int:
    """Elements of each frame of a signal."""
    return signal.numel() // signal.shape[0]


def _stacked(signals: Sequence[Tensor]) -> Float[Tensor, "rows elements"]:
    # All signals of a step at once: few large kernels instead of many small ones.
    return torch.cat([x.detach().flatten(1).float() for x in signals])


def _wide(x: Tensor) -> Tensor:
    # MPS has no float64, so its sums are accumulated in float32.
    return x.to(torch.float32 if x.device.type == "mps" else torch.float64)
