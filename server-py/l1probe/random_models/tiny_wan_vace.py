"""Wan2.1 VACE on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanVACEPipeline, WanVACETransformer3DModel

from l1probe.random_models import parts, wan_parts
from l1probe.random_models.weights import made_on

#: Latents of the frames that stay, and of those that change; a mask for each of 8 × 8 pixels.
CONTROL = 2 * wan_parts.LATENT + 64


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """One of the two blocks is controlled; the scheduler has the shift of the 1.3B checkpoint."""
    tokenizer = parts.llm_tokenizer()
    denoiser = wan_parts.transformer(
        device,
        transformer,
        kind=WanVACETransformer3DModel,
        vace_layers=[0],
        vace_in_channels=CONTROL,
    )
    with made_on(device, rest):
        vae, umt5 = wan_parts.vae(), wan_parts.umt5(tokenizer)
    parts.frozen(denoiser, vae, umt5)
    return WanVACEPipeline(
        tokenizer=tokenizer,
        text_encoder=umt5,
        vae=vae,
        scheduler=wan_parts.scheduler(3.0),
        transformer=denoiser,
    )
