"""Wan2.2 text-to-video on a few channels: two experts."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanPipeline

from l1probe.random_models import parts, wan_parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Boundary and shift are those of T2V-A14B."""
    tokenizer = parts.llm_tokenizer()
    experts = [wan_parts.transformer(device, transformer) for _ in range(2)]
    with made_on(device, rest):
        vae, umt5 = wan_parts.vae(), wan_parts.umt5(tokenizer)
    parts.frozen(*experts, vae, umt5)
    return WanPipeline(
        tokenizer=tokenizer,
        text_encoder=umt5,
        vae=vae,
        scheduler=wan_parts.scheduler(12.0),
        transformer=experts[0],
        transformer_2=experts[1],
        boundary_ratio=0.875,
    )
