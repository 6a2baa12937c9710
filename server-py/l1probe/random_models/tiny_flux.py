"""FLUX.1-dev on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """One block of each kind, with the guidance embedding and the scheduler of FLUX.1-dev."""
    clip, llm = parts.clip_tokenizer(), parts.llm_tokenizer()
    with made_on(device, transformer):
        denoiser = FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=16,
            guidance_embeds=True,
            axes_dims_rope=(2, 2, 4),
        )
    with made_on(device, rest):
        vae = parts.image_vae(
            4, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159
        )
        text = parts.clip_encoder(clip, 16)
        t5 = parts.t5_encoder(llm, 32)
    parts.frozen(denoiser, vae, text, t5)
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae,
        text_encoder=text,
        tokenizer=clip,
        text_encoder_2=t5,
        tokenizer_2=llm,
        transformer=denoiser,
    )
