"""Wan2.1 text-to-video on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanPipeline

from l1probe.random_models import wan_parts


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """The scheduler has the shift of the 720p checkpoints."""
    denoiser = wan_parts.transformer(device, transformer)
    return wan_parts.pipeline(WanPipeline, [denoiser], device, rest, shift=5.0)
