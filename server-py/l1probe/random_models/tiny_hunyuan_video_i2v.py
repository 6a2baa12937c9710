"""HunyuanVideo image-to-video on a few channels; the picture replaces the first latent frame."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanVideoImageToVideoPipeline
from transformers import CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration

from l1probe.random_models import hunyuan_parts, parts
from l1probe.random_models.weights import made_on

#: The pipeline's prompt template expects 576 picture tokens: 24 × 24 patches of two pixels.
PICTURE, PATCH = 48, 2


def make(
    device: torch.device,
    transformer: torch.dtype,
    rest: torch.dtype,
    condition: str = "token_replace",
) -> Any:
    """`condition` is the transformer's image_condition_type."""
    llm, clip = parts.llm_tokenizer(), parts.clip_tokenizer()
    llm.add_tokens(["<image>"], special_tokens=True)
    latent = hunyuan_parts.LATENT
    beside = condition == "latent_concat"
    with made_on(device, transformer):
        denoiser = hunyuan_parts.transformer(
            # State, picture latents and mask.
            in_channels=2 * latent + 1 if beside else latent,
            image_condition_type=condition,
            guidance_embeds=not beside,
        )
    with made_on(device, rest):
        vae = hunyuan_parts.vae()
        llava = LlavaForConditionalGeneration(_llava_config(llm))
        clip_text = parts.clip_encoder(clip, hunyuan_parts.WIDTH)
    parts.frozen(denoiser, vae, llava, clip_text)
    return HunyuanVideoImageToVideoPipeline(
        text_encoder=llava,
        tokenizer=llm,
        transformer=denoiser,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=clip_text,
        tokenizer_2=clip,
        image_processor=parts.picture_processor(PICTURE),
    )


def _llava_config(tokenizer: Any) -> LlavaConfig:
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=hunyuan_parts.WIDTH,
            intermediate_size=hunyuan_parts.WIDTH,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=PICTURE,
            patch_size=PATCH,
        ),
        text_config=hunyuan_parts.llama_config(tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    config.pad_token_id = tokenizer.pad_token_id
    return config
