"""From pixels to a family's latents: its VAE, then the inverse of what precedes its decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

#: Maps a loaded pipeline and a clip of values in [−1, 1] to latents in the layout of signals.
Encode = Callable[[Any, Float[Tensor, "1 3 frames height width"]], Tensor]


def mode(pipeline: Any, pixels: Tensor) -> Tensor:
    """The mode of the VAE's distribution, without noise, in float32."""
    vae = pipeline.vae
    encoded = vae.encode(pixels.to(pipeline._execution_device, vae.dtype))
    return encoded.latent_dist.mode().float()


def scaled(pipeline: Any, pixels: Tensor) -> Tensor:
    """Times the VAE's scaling factor, for clips."""
    return mode(pipeline, pixels) * pipeline.vae.config.scaling_factor


def shifted(pipeline: Any, pixels: Tensor) -> Tensor:
    """Minus the VAE's shift, times its scaling factor, for images."""
    config = pipeline.vae.config
    return (mode(pipeline, pixels[:, :, 0]) - (config.shift_factor or 0.0)) * config.scaling_factor


def standardized(pipeline: Any, pixels: Tensor) -> Tensor:
    """Minus the configured means, divided by the standard deviations, channel by channel."""
    config = pipeline.vae.config
    latents = mode(pipeline, pixels)
    return (latents - _by_channel(config.latents_mean, latents)) / _by_channel(
        config.latents_std, latents
    )


def _by_channel(values: Any, latents: Tensor) -> Tensor:
    return torch.as_tensor(values).to(latents).view(1, -1, 1, 1, 1)
