"""Wan2.2's small model on a few channels, from a picture: every token has its own timestep."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanImageToVideoPipeline

from l1probe.random_models import wan_parts


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Like TI2V-5B, except that the VAE compresses 8 times in space, not 16."""
    denoiser = wan_parts.transformer(device, transformer)
    return wan_parts.pipeline(
        WanImageToVideoPipeline, [denoiser], device, rest, shift=5.0, expand_timesteps=True
    )
