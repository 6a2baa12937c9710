"""Wan2.1 text-to-video on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanPipeline

from l1probe.random_models import parts, wan_parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """The scheduler has the shift of the 720p checkpoints."""
    tokenizer = parts.llm_tokenizer()
    denoiser = wan_parts.transformer(device, transformer)
    with made_on(device, rest):
        vae, umt5 = wan_parts.vae(), wan_parts.umt5(tokenizer)
    parts.frozen(denoiser, vae, umt5)
    return WanPipeline(
        tokenizer=tokenizer,
        text_encoder=umt5,
        vae=vae,
        scheduler=wan_parts.scheduler(5.0),
        transformer=denoiser,
    )
