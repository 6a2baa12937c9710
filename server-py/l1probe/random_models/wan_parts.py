"""Small parts that Wan's pipelines share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from torch import nn
from transformers import UMT5Config, UMT5EncoderModel

from l1probe.random_models import parts
from l1probe.random_models.weights import as_loaded, made_on

#: Channels of the text embeddings.
WIDTH = 16
#: Channels of a latent.
LATENT = 4


def transformer(
    device: torch.device,
    dtype: torch.dtype,
    latent: int = LATENT,
    kind: type[Any] = WanTransformer3DModel,
    **settings: Any,
) -> Any:
    """Two blocks of two heads; the parts that Wan keeps in float32 are in float32."""
    with made_on(device, torch.float32):
        made = kind(
            **{
                "num_attention_heads": 2,
                "attention_head_dim": 12,
                "in_channels": latent,
                "out_channels": latent,
                "text_dim": WIDTH,
                "freq_dim": 32,
                "ffn_dim": 32,
                "num_layers": 2,
                "rope_max_seq_len": 64,
                **settings,
            }
        )
    as_loaded(made, dtype)
    return made


def pipeline(
    kind: type[Any],
    denoisers: Sequence[nn.Module],
    device: torch.device,
    rest: torch.dtype,
    shift: float,
    image_encoder: Callable[[], nn.Module] | None = None,
    **settings: Any,
) -> Any:
    """A pipeline of one transformer, or of two experts, around a small VAE and text encoder.

    Args:
        kind: class of the pipeline.
        denoisers: made with :func:`transformer`.
        device: of the other parts.
        rest: dtype of the other parts.
        shift: of the scheduler.
        image_encoder: makes the encoder of pictures, for the pipelines that have one.
        settings: further arguments of the pipeline.
    """
    tokenizer = parts.llm_tokenizer()
    names = ("transformer", "transformer_2")
    modules: dict[str, nn.Module] = dict(zip(names, denoisers, strict=False))
    with made_on(device, rest):
        modules["vae"], modules["text_encoder"] = vae(), umt5(tokenizer)
        if image_encoder is not None:
            modules["image_encoder"] = image_encoder()
    parts.frozen(*modules.values())
    return kind(tokenizer=tokenizer, scheduler=scheduler(shift), **modules, **settings)


def vae() -> AutoencoderKLWan:
    """Compresses 8 times in space and 4 times in time, as the VAE of Wan2.1 does."""
    return AutoencoderKLWan(
        base_dim=4,
        z_dim=LATENT,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        latents_mean=[-0.7, 0.1, 0.4, 0.0],
        latents_std=[2.8, 1.4, 2.3, 1.0],
    )


def umt5(tokenizer: Any) -> UMT5EncoderModel:
    """A text encoder of one layer."""
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=len(tokenizer),
            d_model=WIDTH,
            d_kv=8,
            d_ff=2 * WIDTH,
            num_layers=1,
            num_heads=2,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def scheduler(shift: float) -> Any:
    """The class in Wan's repositories; the pipelines' annotations name another."""
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift
    )
