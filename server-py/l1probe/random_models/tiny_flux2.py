"""FLUX.2-dev on a few channels."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2Pipeline,
    Flux2Transformer2DModel,
)
from transformers import (
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    MistralConfig,
    PixtralVisionConfig,
)

from l1probe.random_models import parts
from l1probe.random_models.weights import made_on

#: Joins the texts of all messages.
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'][0]['text'] }} {% endfor %}"


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """One block of each kind; the text encoder has 31 layers, of which the pipeline reads
    three, and a vision tower, which is not used.
    """
    tokenizer = parts.llm_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    with made_on(device, transformer):
        denoiser = Flux2Transformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=48,
            timestep_guidance_channels=16,
            axes_dims_rope=(2, 2, 2, 2),
        )
    with made_on(device, rest):
        vae = AutoencoderKLFlux2(
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
            sample_size=64,
        )
        text = Mistral3ForConditionalGeneration(
            Mistral3Config(
                text_config=MistralConfig(
                    vocab_size=len(tokenizer),
                    hidden_size=16,
                    intermediate_size=16,
                    num_hidden_layers=31,
                    num_attention_heads=2,
                    num_key_value_heads=1,
                    head_dim=8,
                    max_position_embeddings=1024,
                    pad_token_id=tokenizer.pad_token_id,
                ),
                vision_config=PixtralVisionConfig(
                    hidden_size=16,
                    intermediate_size=16,
                    num_hidden_layers=1,
                    num_attention_heads=2,
                    image_size=28,
                ),
            )
        )
    parts.frozen(denoiser, vae, text)
    return Flux2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        transformer=denoiser,
    )
