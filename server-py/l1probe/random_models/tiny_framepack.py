"""FramePack on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoFramepackPipeline,
    HunyuanVideoFramepackTransformer3DModel,
)
from transformers import SiglipVisionConfig, SiglipVisionModel

from l1probe.random_models import hunyuan_parts, parts
from l1probe.random_models.weights import made_on

PICTURE, PATCH = 16, 8


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """HunyuanVideo's parts, a transformer with a history, and SigLIP for the picture."""
    llm, clip = parts.llm_tokenizer(), parts.clip_tokenizer()
    latent, width = hunyuan_parts.LATENT, hunyuan_parts.WIDTH
    with made_on(device, transformer):
        denoiser = HunyuanVideoFramepackTransformer3DModel(
            **hunyuan_parts.block_settings(),
            in_channels=latent,
            out_channels=latent,
            has_image_proj=True,
            image_proj_dim=width,
            has_clean_x_embedder=True,
        )
    with made_on(device, rest):
        vae = hunyuan_parts.vae()
        llama = hunyuan_parts.llama(llm)
        clip_text = parts.clip_encoder(clip, width)
        siglip = SiglipVisionModel(
            SiglipVisionConfig(
                hidden_size=width,
                intermediate_size=width,
                num_hidden_layers=1,
                num_attention_heads=2,
                image_size=PICTURE,
                patch_size=PATCH,
            )
        )
    parts.frozen(denoiser, vae, llama, clip_text, siglip)
    return HunyuanVideoFramepackPipeline(
        text_encoder=llama,
        tokenizer=llm,
        transformer=denoiser,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=clip_text,
        tokenizer_2=clip,
        image_encoder=siglip,
        feature_extractor=parts.square_processor(PICTURE),
    )
