"""Latte-1 on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DDIMScheduler, LattePipeline, LatteTransformer3DModel

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """One spatial and one temporal block; twice as many output channels as input channels."""
    tokenizer = parts.llm_tokenizer()
    with made_on(device, transformer):
        denoiser = LatteTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=8,
            in_channels=4,
            out_channels=8,
            num_layers=1,
            cross_attention_dim=16,
            attention_bias=True,
            sample_size=8,
            patch_size=2,
            activation_fn="gelu-approximate",
            num_embeds_ada_norm=1000,
            norm_type="ada_norm_single",
            norm_elementwise_affine=False,
            norm_eps=1e-6,
            caption_channels=32,
            video_length=16,
        )
    with made_on(device, rest):
        vae = parts.image_vae(4)
        text = parts.t5_encoder(tokenizer, 32)
    parts.frozen(denoiser, vae, text)
    scheduler: Any = DDIMScheduler(clip_sample=False)
    return LattePipeline(
        tokenizer=tokenizer,
        text_encoder=text,
        vae=vae,
        transformer=denoiser,
        scheduler=scheduler,
    )
