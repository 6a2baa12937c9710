"""Tensors to sums: what the wire carries, reduced where the tensor lies.

Inputs are read as float32 and accumulated in float64, so a sum is exact to about
1e-7 relative however large the tensor. Nothing here waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Real
from torch import Tensor

#: Rows of :func:`signal_sums`.
SIGNAL_ROWS = ("sum_abs", "sum_squares", "min", "max", "non_finite")
#: Rows of :func:`pair_sums`.
PAIR_ROWS = ("sum_abs_difference", "sum_squared_difference", "sum_product", "sum_abs_reference")


def reduce_signals(x: Float[Tensor, "rows elements"]) -> Float64[Tensor, "5 rows"]:
    """SIGNAL_ROWS of each row."""
    v = _wide(x)
    return torch.stack(
        (
            v.abs().sum(1),
            v.square().sum(1),
            v.amin(1),
            v.amax(1),
            (~v.isfinite()).sum(1, dtype=v.dtype),
        )
    )


def reduce_pairs(
    later: Float[Tensor, "rows elements"], reference: Float[Tensor, "rows elements"]
) -> Float64[Tensor, "4 rows"]:
    """PAIR_ROWS of each row."""
    a, b = _wide(later), _wide(reference)
    difference = a - b
    return torch.stack(
        (
            difference.abs().sum(1),
            difference.square().sum(1),
            (a * b).sum(1),
            b.abs().sum(1),
        )
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
) -> Float64[Tensor, "signals 5 frames"]:
    """Sums of signals by frame: Σ|x|, Σx², min, max and the number of non-finite elements.

    Args:
        signals: of one sample, equal in shape, frames first; any float dtype.
        reducers: what reduces.

    Returns:
        For each signal one row for each name in SIGNAL_ROWS. A NaN or an infinity stays in the
        sums.
    """
    sums = reducers.signals(_stacked(signals))
    return sums.unflatten(1, (len(signals), -1)).movedim(1, 0)


def pair_sums(
    later: Sequence[Float[Tensor, "frames ..."]],
    reference: Sequence[Float[Tensor, "frames ..."]],
    reducers: Reducers = EAGER,
) -> Float64[Tensor, "pairs 4 frames"]:
    """Sums of pairs of signals by frame: Σ|a−b|, Σ(a−b)², Σab and Σ|b|.

    Σ|a−b| / Σ|b| is the relative L1 change of TeaCache (arXiv:2411.19108, eq. 5).

    Args:
        later: each pair's a.
        reference: each pair's b, that its a is measured against.
        reducers: what reduces.

    Returns:
        For each pair one row for each name in PAIR_ROWS.
    """
    a, b = _stacked(later), _stacked(reference)
    # A single row would be compiled for its own sake, for the first step of one frame.
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
        head: a value that rides along.
        signals: as in :func:`signal_sums`; at least one.
        later: as in :func:`pair_sums`; at least one.
        reference: as in :func:`pair_sums`.
        reducers: what reduces.

    Returns:
        A row of `head`, then each signal's SIGNAL_ROWS, then each pair's PAIR_ROWS.
    """
    sums = signal_sums(signals, reducers).flatten(0, 1)
    first = head.to(sums).reshape(1, 1).expand(1, sums.shape[1])
    return torch.cat((first, sums, pair_sums(later, reference, reducers).flatten(0, 1)))


def elements_per_frame(signal: Float[Tensor, "frames ..."]) -> int:
    """How many elements each frame of a signal has."""
    return signal.numel() // signal.shape[0]


def _stacked(signals: Sequence[Tensor]) -> Float[Tensor, "rows elements"]:
    # All signals of a step at once: few large kernels instead of many small ones.
    return torch.cat([x.detach().flatten(1).float() for x in signals])


def _wide(x: Tensor) -> Tensor:
    # MPS has no float64; float32 accumulators are said in the docs, not hidden.
    return x.to(torch.float32 if x.device.type == "mps" else torch.float64)
