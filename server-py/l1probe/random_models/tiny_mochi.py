"""Mochi 1 on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKLMochi,
    FlowMatchEulerDiscreteScheduler,
    MochiPipeline,
    MochiTransformer3DModel,
)

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Two blocks; the VAE has the published 12 latent channels, since their means are fixed."""
    tokenizer = parts.llm_tokenizer()
    with made_on(device, transformer):
        denoiser = MochiTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=8,
            num_layers=2,
            pooled_projection_dim=16,
            in_channels=12,
            text_embed_dim=32,
            time_embed_dim=16,
        )
    with made_on(device, rest):
        vae = AutoencoderKLMochi(
            encoder_block_out_channels=parts.levels(4, 32),
            decoder_block_out_channels=parts.levels(4, 32),
            layers_per_block=(1, 1, 1, 1, 1),
        )
        text = parts.t5_encoder(tokenizer, 32)
    parts.frozen(denoiser, vae, text)
    return MochiPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(invert_sigmas=True),
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        transformer=denoiser,
    )
