"""Pictures at both ends of a pipeline: its conditioning image and its output."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import imageio.v3
import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageSequence
from torch import Tensor

#: Pillow reads many more formats, some of them through other programs.
FORMATS = ("PNG", "JPEG", "WEBP")

#: How a WebM begins.
EBML = b"\x1a\x45\xdf\xa3"


class UnfitPicture(ValueError):
    """Bytes that cannot condition a model; the message continues "bytes that …"."""


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height from a picture's header; nothing is decoded.

    Raises:
        UnfitPicture: the bytes have none of FORMATS.
    """
    return _opened(data).size


def read_image(data: bytes) -> Image.Image:
    """An encoded picture, in RGB.

    Raises:
        UnfitPicture: the bytes have none of FORMATS, are broken, or do not fit into RGB.
    """
    with _opened(data) as image:
        try:
            image.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise UnfitPicture("are a broken picture") from error
        if image.mode.startswith(("I", "F")):
            raise UnfitPicture("have more than 8 bits per colour")
        # Every value of the alpha channel's histogram but the last is transparent.
        if image.has_transparency_data and any(image.convert("RGBA").histogram()[768:-1]):
            raise UnfitPicture("are a picture with transparency")
        return image.convert("RGB")


def read_clip(data: bytes, most: int) -> list[Image.Image]:
    """The frames of an MP4, WebM or GIF, in RGB; no more than `most`.

    Raises:
        UnfitPicture: the bytes are none of these, or are broken.
    """
    try:
        return list(itertools.islice(_frames(data), most))
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnfitPicture("are a broken clip") from error


def _frames(data: bytes) -> Iterator[Image.Image]:
    if data[:6] in (b"GIF87a", b"GIF89a"):
        with Image.open(io.BytesIO(data), formats=("GIF",)) as clip:
            for frame in ImageSequence.Iterator(clip):
                yield frame.convert("RGB")
        return
    # Other formats could name files of this machine.
    extension = ".mp4" if data[4:8] == b"ftyp" else ".webm" if data[:4] == EBML else None
    if extension is None:
        raise UnfitPicture("are no clip")
    for frame in imageio.v3.imiter(data, plugin="FFMPEG", extension=extension):
        yield Image.fromarray(frame)


def frames_of(output: Any) -> list[Image.Image]:
    """The pictures of a pipeline's output with `output_type="pil"`, for one sample."""
    return output.frames[0] if hasattr(output, "frames") else output.images[:1]


def pixels_of(frames: Sequence[Image.Image]) -> UInt8[Tensor, "frames height width 3"]:
    """A clip's pictures as one tensor."""
    return torch.from_numpy(np.stack([np.asarray(frame.convert("RGB")) for frame in frames]))


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnfitPicture("are no picture") from error
