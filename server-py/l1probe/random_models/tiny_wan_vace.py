"""Wan2.1 VACE on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanVACEPipeline, WanVACETransformer3DModel

from l1probe.random_models import wan_parts

#: Latents of the frames that stay, and of those that change; a mask for each of 8 × 8 pixels.
CONTROL = 2 * wan_parts.LATENT + 64


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """One of the two blocks is controlled; the scheduler has the shift of the 1.3B checkpoint."""
    denoiser = wan_parts.transformer(
        device,
        transformer,
        kind=WanVACETransformer3DModel,
        vace_layers=[0],
        vace_in_channels=CONTROL,
    )
    return wan_parts.pipeline(WanVACEPipeline, [denoiser], device, rest, shift=3.0)
