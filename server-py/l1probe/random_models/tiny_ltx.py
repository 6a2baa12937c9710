"""LTX-Video on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTXPipeline,
    LTXVideoTransformer3DModel,
)

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Two blocks, and the scheduler of LTX-Video 0.9.0."""
    tokenizer = parts.llm_tokenizer()
    with made_on(device, transformer):
        denoiser = LTXVideoTransformer3DModel(
            in_channels=8,
            out_channels=8,
            num_attention_heads=2,
            attention_head_dim=16,
            cross_attention_dim=32,
            num_layers=2,
            caption_channels=32,
        )
    with made_on(device, rest):
        vae = AutoencoderKLLTXVideo(
            latent_channels=8,
            block_out_channels=(8, 8, 8, 8),
            decoder_block_out_channels=(8, 8, 8, 8),
            layers_per_block=(1, 1, 1, 1, 1),
            decoder_layers_per_block=(1, 1, 1, 1, 1),
        )
        text = parts.t5_encoder(tokenizer, 32)
    parts.frozen(denoiser, vae, text)
    return LTXPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True,
            base_shift=0.95,
            max_shift=2.05,
            base_image_seq_len=1024,
            max_image_seq_len=4096,
            shift_terminal=0.1,
        ),
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        transformer=denoiser,
    )
