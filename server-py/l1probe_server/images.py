"""Pictures at both ends of a pipeline: the one that conditions it, and what it made."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def read_image(data: bytes) -> Image.Image:
    """An encoded picture, in RGB.

    Raises:
        OSError: these bytes are no picture that Pillow reads.
    """
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def frames_of(output: Any) -> list[Image.Image]:
    """The pictures of a pipeline's output with `output_type="pil"`, for one sample."""
    return output.frames[0] if hasattr(output, "frames") else output.images[:1]
