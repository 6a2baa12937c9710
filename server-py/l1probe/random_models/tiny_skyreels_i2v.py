"""SkyReels V1 image-to-video on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanSkyreelsImageToVideoPipeline

from l1probe.random_models import hunyuan_parts, parts
from l1probe.random_models.weights import made_on


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """HunyuanVideo's parts; the transformer's input has state and picture channels."""
    llm, clip = parts.llm_tokenizer(), parts.clip_tokenizer()
    with made_on(device, transformer):
        denoiser = hunyuan_parts.transformer(in_channels=2 * hunyuan_parts.LATENT)
    with made_on(device, rest):
        vae = hunyuan_parts.vae()
        llama = hunyuan_parts.llama(llm)
        clip_text = parts.clip_encoder(clip, hunyuan_parts.WIDTH)
    parts.frozen(denoiser, vae, llama, clip_text)
    return HunyuanSkyreelsImageToVideoPipeline(
        text_encoder=llama,
        tokenizer=llm,
        transformer=denoiser,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=clip_text,
        tokenizer_2=clip,
    )
