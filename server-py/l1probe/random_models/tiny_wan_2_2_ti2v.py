"""Wan2.2's small model on a few channels, from a picture: every token has its own timestep."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanImageToVideoPipeline

from l1probe.random_models import parts, wan_parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Like TI2V-5B, except that the VAE compresses 8 times in space, not 16."""
    tokenizer = parts.llm_tokenizer()
    denoiser = wan_parts.transformer(device, transformer)
    with made_on(device, rest):
        vae, umt5 = wan_parts.vae(), wan_parts.umt5(tokenizer)
    parts.frozen(denoiser, vae, umt5)
    return WanImageToVideoPipeline(
        tokenizer=tokenizer,
        text_encoder=umt5,
        vae=vae,
        scheduler=wan_parts.scheduler(5.0),
        transformer=denoiser,
        expand_timesteps=True,
    )
