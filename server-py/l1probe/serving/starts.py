"""What a cell starts from: checked before any work, then read as a tensor."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from l1probe.families import Cell, Family, Start
from l1probe.families.cell import StartKind
from l1probe.serving.images import UnfitPicture, read_clip, read_image

#: Longest content of a start; one message, which also carries a conditioning picture, is at most
#: 64 MiB.
MAX_START_BYTES = 48 << 20

#: By safetensors' names.
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


class UnfitStart(ValueError):
    """A start that this server will not run; the message is one sentence."""


def no_start(family: Family) -> str:
    """Why a family without a latent shape starts from pure noise only."""
    return f"l1probe does not know the layout in which {family.name} prepares its latents"


def no_pixels(family: Family) -> str:
    """Why a family starts from no image and no clip."""
    if family.encode is not None:
        return ""
    return f"l1probe has no encoder for this model of {family.name}; start from kept latents"


def check_start(cell: Cell, start: Start, family: Family) -> None:
    """Raises UnfitStart with the first thing that is wrong with a cell's start."""
    size = len(start.data)
    if size > MAX_START_BYTES:
        raise UnfitStart(
            f"cell.start.data has {size} bytes; this server accepts at most {MAX_START_BYTES}"
        )
    if hashlib.sha256(start.data).digest() != start.sha256:
        raise UnfitStart(
            f"cell.start.sha256 is {start.sha256.hex() or 'empty'}, which is not that of "
            f"cell.start.data; send sha256 of its {size} bytes"
        )
    if start.kind != "latents":
        if family.encode is None:
            raise UnfitStart(f"cell.start is an {start.kind}; {no_pixels(family)}")
        _check_pixels(cell, start)
        return
    if family.latent_shape is None:
        raise UnfitStart(f"cell.start is given; {no_start(family)}")
    _check_latents(cell, start, family.latent_shape.of(cell))


def _check_pixels(cell: Cell, start: Start) -> None:
    try:
        frames = pictures_of(start.kind, start.data, cell.frames + 1)
    except UnfitPicture as error:
        raise UnfitStart(
            f"cell.start.data has {len(start.data)} bytes that {error}; send an opaque PNG, JPEG "
            "or WebP, or an MP4, WebM or GIF"
        ) from error
    if len(frames) != cell.frames:
        found = f"more than {cell.frames}" if len(frames) > cell.frames else str(len(frames))
        raise UnfitStart(
            f"cell.start.data has {found} frames; the cell has {cell.frames}, and nothing is cut"
        )
    width, height = frames[0].size
    if (width, height) != (cell.width, cell.height):
        raise UnfitStart(
            f"cell.start.data has {width}×{height} pixels; the cell has "
            f"{cell.width}×{cell.height}, and nothing is resized"
        )


def _check_latents(cell: Cell, start: Start, shape: tuple[int, ...]) -> None:
    if start.dtype not in DTYPES:
        raise UnfitStart(f"cell.start.dtype is {start.dtype!r}; give {', '.join(DTYPES)}")
    if start.shape != shape:
        raise UnfitStart(
            f"cell.start.shape is {_times(start.shape)}; {cell.frames} frames of "
            f"{cell.height}×{cell.width} have latents of {_times(shape)}"
        )
    size = prod(shape) * DTYPES[start.dtype].itemsize
    if len(start.data) != size:
        raise UnfitStart(
            f"cell.start.data has {len(start.data)} bytes; {_times(shape)} of {start.dtype} are "
            f"{size}"
        )
    wrong = int((~torch.isfinite(latents_of(start))).sum())
    if wrong:
        raise UnfitStart(f"cell.start.data has {wrong} values that are NaN or infinite")


def latents_of(start: Start) -> Tensor:
    """The latents of a checked start, in their own dtype, on the CPU."""
    # A copy, since a buffer of immutable bytes cannot back a tensor that may be written.
    return torch.frombuffer(bytearray(start.data), dtype=DTYPES[start.dtype]).reshape(start.shape)


# A start is read when it is checked and when it runs, and many cells have the same.
@lru_cache(maxsize=4)
def pictures_of(kind: StartKind, data: bytes, most: int) -> tuple[Image.Image, ...]:
    """The pictures of a start that is an image or a clip, no more than `most`.

    Raises:
        UnfitPicture: the bytes cannot be read as such.
    """
    return (read_image(data),) if kind == "image" else tuple(read_clip(data, most))


def started_latents(start: Start, frames: int, pipeline: Any, family: Family) -> Tensor:
    """What a checked start begins with; an image or a clip goes through the family's VAE."""
    if start.kind == "latents":
        return latents_of(start)
    assert family.encode is not None
    pictures = pictures_of(start.kind, start.data, frames + 1)
    pixels = torch.stack([torch.from_numpy(np.array(picture)) for picture in pictures])
    return family.encode(pipeline, pixels.movedim(-1, 0).unsqueeze(0).float() / 127.5 - 1)


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "nothing"
