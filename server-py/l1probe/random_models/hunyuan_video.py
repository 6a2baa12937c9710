"""HunyuanVideo at full size, for timings: 12.8 billion parameters in the transformer."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from transformers import (
    AutoTokenizer,
    CLIPTextConfig,
    CLIPTextModel,
    LlamaConfig,
    LlamaModel,
)

from l1probe.random_models.weights import made_on
from l1probe.settings import BUNDLED_MODEL


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Transformer and VAE are diffusers' defaults, which are the published sizes. The text
    encoders have the published width and three layers, enough for the hidden state that
    the pipeline reads; the tokenizers are those of the bundled model.
    """
    tokenizer = AutoTokenizer.from_pretrained(BUNDLED_MODEL / "tokenizer")
    tokenizer_2 = AutoTokenizer.from_pretrained(BUNDLED_MODEL / "tokenizer_2")
    with made_on(device, transformer):
        denoiser = HunyuanVideoTransformer3DModel()
    with made_on(device, rest):
        vae = AutoencoderKLHunyuanVideo()
        llama = LlamaModel(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=4096,
                intermediate_size=4096,
                num_hidden_layers=3,
                num_attention_heads=32,
                num_key_value_heads=8,
                max_position_embeddings=1024,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        clip = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer_2),
                hidden_size=768,
                intermediate_size=3072,
                num_hidden_layers=3,
                num_attention_heads=12,
                bos_token_id=tokenizer_2.bos_token_id,
                eos_token_id=tokenizer_2.eos_token_id,
                pad_token_id=tokenizer_2.pad_token_id,
            )
        )
    for module in (denoiser, vae, llama, clip):
        module.eval().requires_grad_(False)
    return HunyuanVideoPipeline(
        text_encoder=llama,
        tokenizer=tokenizer,
        transformer=denoiser,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=clip,
        tokenizer_2=tokenizer_2,
    )
