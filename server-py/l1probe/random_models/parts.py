"""Small text encoders, VAEs and tokenizers of the kinds that many pipelines have."""

from __future__ import annotations

from typing import Any

from diffusers import AutoencoderKL
from torch import nn
from transformers import (
    AutoTokenizer,
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    SiglipImageProcessorPil,
    T5Config,
    T5EncoderModel,
)

from l1probe.settings import BUNDLED_MODEL


def levels(count: int, value: Any) -> Any:
    """One value for each level of a VAE; diffusers' hints say `tuple[int]`, which is one level."""
    return (value,) * count


def llm_tokenizer() -> Any:
    """The bundled model's first tokenizer; it stands in for T5's too."""
    return AutoTokenizer.from_pretrained(BUNDLED_MODEL / "tokenizer")


def clip_tokenizer() -> Any:
    """The bundled model's CLIP tokenizer, of 77 tokens at most."""
    return AutoTokenizer.from_pretrained(BUNDLED_MODEL / "tokenizer_2")


def t5_encoder(tokenizer: Any, width: int) -> T5EncoderModel:
    """One layer of a T5 encoder, `width` channels wide."""
    return T5EncoderModel(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=width,
            d_kv=8,
            d_ff=2 * width,
            num_layers=1,
            num_heads=2,
            feed_forward_proj="gated-gelu",
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _clip_config(tokenizer: Any, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        projection_dim=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def clip_encoder(tokenizer: Any, width: int) -> CLIPTextModel:
    """Two layers of a CLIP text encoder, `width` channels wide."""
    return CLIPTextModel(_clip_config(tokenizer, width))


def clip_encoder_with_projection(tokenizer: Any, width: int) -> CLIPTextModelWithProjection:
    """The same with the projection of the pooled text, as wide."""
    return CLIPTextModelWithProjection(_clip_config(tokenizer, width))


def picture_processor(side: int) -> Any:
    """Cuts pictures to squares of `side` pixels, as CLIP's does; without torchvision."""
    return CLIPImageProcessorPil(
        size={"shortest_edge": side}, crop_size={"height": side, "width": side}
    )


def square_processor(side: int) -> Any:
    """Squeezes pictures to squares of `side` pixels, as SigLIP's does; without torchvision."""
    return SiglipImageProcessorPil(size={"height": side, "width": side})


def image_vae(latent_channels: int, **settings: Any) -> AutoencoderKL:
    """An image VAE that makes every side 8 times shorter, as the published ones do."""
    return AutoencoderKL(
        down_block_types=levels(4, "DownEncoderBlock2D"),
        up_block_types=levels(4, "UpDecoderBlock2D"),
        block_out_channels=levels(4, 8),
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=latent_channels,
        sample_size=64,
        **settings,
    )


def frozen(*modules: nn.Module) -> None:
    """For sampling only: no dropout, no gradients."""
    for module in modules:
        module.eval().requires_grad_(False)
