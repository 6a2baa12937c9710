"""Z-Image on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
from transformers import Qwen3Config, Qwen3Model

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on

#: Joins the texts of all messages.
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }} {% endfor %}"


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """One block of each kind and one joint block more; the scheduler has Z-Image-Turbo's shift."""
    tokenizer = parts.llm_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    with made_on(device, transformer):
        denoiser = ZImageTransformer2DModel(
            in_channels=4,
            dim=16,
            n_layers=2,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=16,
            axes_dims=[4, 2, 2],
            axes_lens=[1024, 64, 64],
        )
    with made_on(device, rest):
        vae = parts.image_vae(
            4, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159
        )
        text = Qwen3Model(
            Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=16,
                intermediate_size=32,
                # The pipeline reads the last but one hidden state.
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=8,
                max_position_embeddings=1024,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
    parts.frozen(denoiser, vae, text)
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        transformer=denoiser,
    )
