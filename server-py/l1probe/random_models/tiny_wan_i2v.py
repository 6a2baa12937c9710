"""Wan2.1 image-to-video on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanImageToVideoPipeline
from transformers import CLIPVisionConfig, CLIPVisionModel

from l1probe.random_models import parts, wan_parts

PICTURE, PATCH = 16, 8


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """The scheduler has the shift of the 480p checkpoint."""
    width, latent = wan_parts.WIDTH, wan_parts.LATENT
    denoiser = wan_parts.transformer(
        device,
        transformer,
        # State, one mask for each of a latent frame's four frames, picture latents.
        in_channels=latent + 4 + latent,
        image_dim=width,
        added_kv_proj_dim=24,
    )
    return wan_parts.pipeline(
        WanImageToVideoPipeline,
        [denoiser],
        device,
        rest,
        shift=3.0,
        image_encoder=_clip,
        image_processor=parts.picture_processor(PICTURE),
    )


def _clip() -> CLIPVisionModel:
    width = wan_parts.WIDTH
    return CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=width,
            intermediate_size=width,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=PICTURE,
            patch_size=PATCH,
        )
    )
