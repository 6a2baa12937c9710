"""HunyuanVideo-1.5 on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo15,
    ClassifierFreeGuidance,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
)
from transformers import ByT5Tokenizer, Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on

WIDTH, LATENT = 16, 4
CHAT = "{% for message in messages %}{{ message.role }}\n{{ message.content }}\n{% endfor %}"


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Has fewer tokens than the pipeline's 1000 of text, 256 of glyphs and 729 of a picture, which
    would take longer than everything else.
    """
    llm, glyphs = parts.llm_tokenizer(), ByT5Tokenizer()
    llm.chat_template = CHAT
    with made_on(device, transformer):
        denoiser = HunyuanVideo15Transformer3DModel(
            # State, picture latents and mask.
            in_channels=2 * LATENT + 1,
            out_channels=LATENT,
            num_attention_heads=2,
            attention_head_dim=16,
            num_layers=1,
            num_refiner_layers=1,
            mlp_ratio=2.0,
            text_embed_dim=WIDTH,
            text_embed_2_dim=WIDTH,
            image_embed_dim=WIDTH,
            rope_axes_dim=(4, 6, 6),
            task_type="t2v",
        )
    with made_on(device, rest):
        vae = AutoencoderKLHunyuanVideo15(
            latent_channels=LATENT, block_out_channels=parts.levels(5, 8), layers_per_block=1
        )
        qwen = Qwen2_5_VLTextModel(
            Qwen2_5_VLTextConfig(
                vocab_size=len(llm),
                hidden_size=WIDTH,
                intermediate_size=2 * WIDTH,
                num_hidden_layers=3,
                num_attention_heads=2,
                num_key_value_heads=1,
                rope_parameters={"rope_type": "default", "mrope_section": [1, 1, 2]},
                bos_token_id=llm.bos_token_id,
                eos_token_id=llm.eos_token_id,
                pad_token_id=llm.pad_token_id,
            )
        )
        byt5 = parts.t5_encoder(glyphs, WIDTH)
    parts.frozen(denoiser, vae, qwen, byt5)
    pipeline = HunyuanVideo15Pipeline(
        text_encoder=qwen,
        tokenizer=llm,
        transformer=denoiser,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
        text_encoder_2=byt5,
        tokenizer_2=glyphs,
        guider=ClassifierFreeGuidance(guidance_scale=6.0),
    )
    pipeline.tokenizer_max_length = 128
    pipeline.tokenizer_2_max_length = 16
    pipeline.vision_num_semantic_tokens = 9
    return pipeline
