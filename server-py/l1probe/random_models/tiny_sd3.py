"""Stable Diffusion 3 on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Two blocks; the two CLIP embeddings together are as wide as T5's, which follow them."""
    clip, llm = parts.clip_tokenizer(), parts.llm_tokenizer()
    with made_on(device, transformer):
        denoiser = SD3Transformer2DModel(
            sample_size=16,
            patch_size=2,
            in_channels=4,
            out_channels=4,
            num_layers=2,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=32,
            caption_projection_dim=16,
            pooled_projection_dim=32,
            pos_embed_max_size=96,
            qk_norm="rms_norm",
        )
    with made_on(device, rest):
        vae = parts.image_vae(
            4, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609
        )
        clips = [parts.clip_encoder_with_projection(clip, 16) for _ in range(2)]
        t5 = parts.t5_encoder(llm, 32)
    parts.frozen(denoiser, vae, *clips, t5)
    return StableDiffusion3Pipeline(
        transformer=denoiser,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae,
        text_encoder=clips[0],
        tokenizer=clip,
        text_encoder_2=clips[1],
        tokenizer_2=clip,
        text_encoder_3=t5,
        tokenizer_3=llm,
    )
