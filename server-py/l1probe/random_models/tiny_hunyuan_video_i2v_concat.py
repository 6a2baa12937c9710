"""HunyuanVideo image-to-video on a few channels; the picture's latents are further channels."""

from __future__ import annotations

from typing import Any

import torch

from l1probe.random_models import tiny_hunyuan_video_i2v


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Like the first checkpoint of HunyuanVideo-I2V, without a guidance embedding."""
    return tiny_hunyuan_video_i2v.make(device, transformer, rest, "latent_concat")
