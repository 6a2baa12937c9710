"""CogVideoX-5B on a few channels, with the DDIM scheduler of CogVideoX-2B."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    CogVideoXDDIMScheduler,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
)

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Two blocks with rotary positions."""
    scheduler = CogVideoXDDIMScheduler(
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
    )
    return make_with(device, transformer, rest, scheduler, sample_width=8, sample_height=8)


def make_with(
    device: torch.device,
    transformer: torch.dtype,
    rest: torch.dtype,
    scheduler: Any,
    **settings: Any,
) -> Any:
    """Two blocks, with the given scheduler and settings of the transformer."""
    tokenizer = parts.llm_tokenizer()
    with made_on(device, transformer):
        denoiser = CogVideoXTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=16,
            in_channels=4,
            out_channels=4,
            time_embed_dim=16,
            text_embed_dim=32,
            num_layers=2,
            sample_frames=9,
            use_rotary_positional_embeddings=True,
            **settings,
        )
    with made_on(device, rest):
        vae = AutoencoderKLCogVideoX(
            block_out_channels=parts.levels(4, 8),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=4,
            sample_height=64,
            sample_width=64,
        )
        text = parts.t5_encoder(tokenizer, 32)
    parts.frozen(denoiser, vae, text)
    return CogVideoXPipeline(
        tokenizer=tokenizer,
        text_encoder=text,
        vae=vae,
        transformer=denoiser,
        scheduler=scheduler,
    )
