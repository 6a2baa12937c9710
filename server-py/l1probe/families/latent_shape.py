"""The shape of a family's latents, as signals and kept states have it, from a cell's size."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from l1probe.families.cell import Cell


@dataclass(frozen=True)
class LatentAxis:
    """One axis: the product of its factors.

    Attributes:
        times: a constant factor, for example the number of channels.
        frames: whether the number of latent frames is a factor.
        height: the cell's height divided by this is a factor, unless it is 0.
        width: as `height`.
    """

    times: int = 1
    frames: bool = False
    height: int = 0
    width: int = 0

    def size(self, cell: Cell, frames: int) -> int:
        """Elements along this axis, for a cell with so many latent frames."""
        factors = [self.times]
        if self.frames:
            factors.append(frames)
        if self.height:
            factors.append(cell.height // self.height)
        if self.width:
            factors.append(cell.width // self.width)
        return prod(factors)


@dataclass(frozen=True)
class LatentShape:
    """Axes of a latent, and how many latent frames a cell has.

    Attributes:
        axes: the batch's 1 first.
        frames_divisor: latent frames are (frames − 1) / frames_divisor + 1; 0 for an image.
        frames_left_out: latent frames of a conditioning picture, which signals leave out.
        frames_multiple: the pipeline rounds the latent frames up to a multiple of this.
    """

    axes: tuple[LatentAxis, ...]
    frames_divisor: int = 0
    frames_left_out: int = 0
    frames_multiple: int = 1

    def of(self, cell: Cell) -> tuple[int, ...]:
        """The shape of a cell's latents."""
        frames = 1
        if self.frames_divisor:
            frames = (cell.frames - 1) // self.frames_divisor + 1 - self.frames_left_out
        frames += -frames % self.frames_multiple
        return tuple(axis.size(cell, frames) for axis in self.axes)


BATCH = LatentAxis()
FRAMES = LatentAxis(frames=True)


def sides(scale: int) -> tuple[LatentAxis, LatentAxis]:
    """Rows and columns of a VAE that divides both sides by `scale`."""
    return LatentAxis(height=scale), LatentAxis(width=scale)


def image_latents(channels: int, scale: int) -> LatentShape:
    """(1, channels, rows, columns)."""
    return LatentShape((BATCH, LatentAxis(channels), *sides(scale)))


def packed_image_latents(channels: int, scale: int) -> LatentShape:
    """(1, rows × columns, channels), each row and column of `scale` pixels."""
    return LatentShape((BATCH, LatentAxis(height=scale, width=scale), LatentAxis(channels)))


def video_latents(pipeline: Any, channels: int, frames_left_out: int = 0) -> LatentShape:
    """(1, channels, latent frames, rows, columns), for a pipeline that names its scale factors."""
    return LatentShape(
        (BATCH, LatentAxis(channels), FRAMES, *sides(pipeline.vae_scale_factor_spatial)),
        pipeline.vae_scale_factor_temporal,
        frames_left_out,
    )
