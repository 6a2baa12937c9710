"""Small parts that the pipelines around HunyuanVideo's transformer share."""

from __future__ import annotations

from typing import Any

from diffusers import AutoencoderKLHunyuanVideo, HunyuanVideoTransformer3DModel
from transformers import LlamaConfig, LlamaModel

from l1probe.random_models.parts import levels

#: Channels of the text embeddings and of the pooled text.
WIDTH = 16
#: Channels of a latent.
LATENT = 4


def transformer(**settings: Any) -> HunyuanVideoTransformer3DModel:
    """One block of each kind, two heads."""
    return HunyuanVideoTransformer3DModel(
        **{**block_settings(), "in_channels": LATENT, "out_channels": LATENT, **settings}
    )


def block_settings() -> dict[str, Any]:
    """Settings that the transformers of HunyuanVideo and FramePack share."""
    return {
        "num_attention_heads": 2,
        "attention_head_dim": 16,
        "num_layers": 1,
        "num_single_layers": 1,
        "num_refiner_layers": 1,
        "mlp_ratio": 2.0,
        "text_embed_dim": WIDTH,
        "pooled_projection_dim": WIDTH,
        "rope_axes_dim": (4, 6, 6),
    }


def vae() -> AutoencoderKLHunyuanVideo:
    """Compresses 8 times in space and 4 times in time, as the published VAE does."""
    return AutoencoderKLHunyuanVideo(
        latent_channels=LATENT,
        block_out_channels=levels(4, 8),
        layers_per_block=1,
        norm_num_groups=2,
    )


def llama_config(tokenizer: Any) -> LlamaConfig:
    """Three layers, enough for the hidden state that the pipelines read."""
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=2048,
        pad_token_id=tokenizer.pad_token_id,
    )


def llama(tokenizer: Any) -> LlamaModel:
    """The language model whose hidden states are the text embeddings."""
    return LlamaModel(llama_config(tokenizer))
