"""Tensors to sums: what the wire carries, reduced where the tensor lies.

Inputs are read as float32 and accumulated in float64, so a sum is exact to about
1e-7 relative however large the tensor. Nothing here waits for the device.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64
from torch import Tensor

#: Rows of :func:`signal_sums`.
SIGNAL_ROWS = ("sum_abs", "sum_squares", "min", "max", "non_finite")
#: Rows of :func:`pair_sums`.
PAIR_ROWS = ("sum_abs_difference", "sum_squared_difference", "sum_product", "sum_abs_reference")


def signal_sums(
    signals: Sequence[Float[Tensor, "frames ..."]],
) -> Float64[Tensor, "signals 5 frames"]:
    """Sums of signals by frame: Σ|x|, Σx², min, max and the number of non-finite elements.

    Args:
        signals: of one sample, equal in shape, frames first; any float dtype.

    Returns:
        For each signal one row for each name in SIGNAL_ROWS. A NaN or an infinity stays in the
        sums.
    """
    v = _wide(signals)
    return torch.stack(
        (
            v.abs().sum(2),
            v.square().sum(2),
            v.amin(2),
            v.amax(2),
            (~v.isfinite()).sum(2, dtype=v.dtype),
        ),
        dim=1,
    )


def pair_sums(
    later: Sequence[Float[Tensor, "frames ..."]], reference: Sequence[Float[Tensor, "frames ..."]]
) -> Float64[Tensor, "pairs 4 frames"]:
    """Sums of pairs of signals by frame: Σ|a−b|, Σ(a−b)², Σab and Σ|b|.

    Σ|a−b| / Σ|b| is the relative L1 change of TeaCache (arXiv:2411.19108, eq. 5).

    Args:
        later: each pair's a.
        reference: each pair's b, that its a is measured against.

    Returns:
        For each pair one row for each name in PAIR_ROWS.
    """
    a, b = _wide(later), _wide(reference)
    difference = a - b
    return torch.stack(
        (
            difference.abs().sum(2),
            difference.square().sum(2),
            (a * b).sum(2),
            b.abs().sum(2),
        ),
        dim=1,
    )


def elements_per_frame(signal: Float[Tensor, "frames ..."]) -> int:
    """How many elements each frame of a signal has."""
    return signal.numel() // signal.shape[0]


def _wide(signals: Sequence[Tensor]) -> Float64[Tensor, "signals frames elements"]:
    # One stack for all signals of a step: few large kernels instead of many small ones. MPS has
    # no float64; float32 accumulators are said in the docs, not hidden.
    wide = torch.float32 if signals[0].device.type == "mps" else torch.float64
    return torch.stack([x.detach().flatten(1).float().to(wide) for x in signals])
