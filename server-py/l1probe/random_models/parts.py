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
    """The same value for each level of a VAE; diffusers' hint, `tuple[int]`, means one level."""
    return (value,) * count


def llm_tokenizer() -> Any:
    """The bundled model's first tokenizer; also used in place of T5's."""
    return AutoTokenizer.from_pretrained(BUNDLED_MODEL / "tokenizer")


def clip_tokenizer() -> Any:
    """The bundled model's CLIP tokenizer; at most 77 tokens."""
    return AutoTokenizer.from_pretrained(BUNDLED_MODEL / "tokenizer_2")


def t5_encoder(tokenizer: Any, width: int) -> T5EncoderModel:
    """A T5 encoder of one layer and `width` channels."""
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
    """A CLIP text encoder of two layers and `width` channels."""
    return CLIPTextModel(_clip_config(tokenizer, width))


def clip_encoder_with_projection(tokenizer: Any, width: int) -> CLIPTextModelWithProjection:
    """The same with a projection of the pooled text to `width` channels."""
    return CLIPTextModelWithProjection(_clip_config(tokenizer, width))


def picture_processor(side: int) -> Any:
    """Crops pictures to squares of `side` pixels, as CLIP does; needs no torchvision."""
    return CLIPImageProcessorPil(
        size={"shortest_edge": side}, crop_size={"height": side, "width": side}
    )


def square_processor(side: int) -> Any:
    """Resizes pictures to squares of `side` pixels, as SigLIP does; needs no torchvision."""
    return SiglipImageProcessorPil(size={"height": side, "width": side})


def image_vae(latent_channels: int, **settings: Any) -> AutoencoderKL:
    """An image VAE that compresses 8 times in space, as the published ones do."""
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
    """Switches modules to sampling: no dropout, no gradients."""
    for module in modules:
        module.eval().requires_grad_(False)
