"""Tensors to sums: what the wire carries, reduced where the tensor lies.

Inputs are read as float32 and accumulated in float64, so a sum is exact to about
1e-7 relative however large the tensor. Nothing here waits for the device.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64
from torch import Tensor

#: Rows of :func:`signal_sums`.
SIGNAL_ROWS = ("sum_abs", "sum_squares", "min", "max", "non_finite")
#: Rows of :func:`pair_sums`.
PAIR_ROWS = ("sum_abs_difference", "sum_squared_difference", "sum_product", "sum_abs_reference")


def signal_sums(x: Float[Tensor, ...], frame_axis: int) -> Float64[Tensor, "5 frames"]:
    """Sums of one signal by frame: Σ|x|, Σx², min, max and the number of non-finite elements.

    Args:
        x: a signal of one sample; any shape, any float dtype.
        frame_axis: the axis that counts latent frames.

    Returns:
        One row for each name in SIGNAL_ROWS. A NaN or an infinity stays in the sums.
    """
    v = _by_frame(x, frame_axis)
    return torch.stack(
        (
            v.abs().sum(1),
            v.square().sum(1),
            v.amin(1),
            v.amax(1),
            (~v.isfinite()).sum(1, dtype=v.dtype),
        )
    )


def pair_sums(
    a: Float[Tensor, ...], b: Float[Tensor, ...], frame_axis: int
) -> Float64[Tensor, "4 frames"]:
    """Sums of two signals of equal shape by frame: Σ|a−b|, Σ(a−b)², Σab and Σ|b|.

    Σ|a−b| / Σ|b| is the relative L1 change of TeaCache (arXiv:2411.19108, eq. 5).

    Args:
        a: the later signal.
        b: the reference that `a` is measured against.
        frame_axis: the axis that counts latent frames.

    Returns:
        One row for each name in PAIR_ROWS.
    """
    va, vb = _by_frame(a, frame_axis), _by_frame(b, frame_axis)
    difference = va - vb
    return torch.stack(
        (
            difference.abs().sum(1),
            difference.square().sum(1),
            (va * vb).sum(1),
            vb.abs().sum(1),
        )
    )


def elements_per_frame(x: Float[Tensor, ...], frame_axis: int) -> int:
    """How many elements each frame of a signal has."""
    return x.numel() // x.shape[frame_axis]


def _by_frame(x: Tensor, frame_axis: int) -> Float64[Tensor, "frames elements"]:
    # MPS has no float64; float32 accumulators are said in the docs, not hidden.
    wide = torch.float32 if x.device.type == "mps" else torch.float64
    return x.detach().float().movedim(frame_axis, 0).flatten(1).to(wide)
