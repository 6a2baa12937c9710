"""HunyuanVideo's causal 3-D autoencoder, small: its start, its convolution, its whitening."""

import math
from contextlib import AbstractContextManager
from typing import Any

import torch
from diffusers import AutoencoderKLHunyuanVideo
from diffusers.models.autoencoders.autoencoder_kl_hunyuan_video import (
    HunyuanVideoCausalConv3d,
)
from torch import Tensor, nn

from . import world
from .autoencoder import LATENT_CHANNELS, Latents, encode
from .convolution import fastest, half_under_autocast, stacked_taps
from .progress import log
from .recipe import AutoencoderRecipe, Bucket


def scaling_factor(autoencoder: AutoencoderKLHunyuanVideo) -> float:
    """What the pipeline multiplies latents with."""
    config: Any = autoencoder.config
    return config.scaling_factor


def around_latents(autoencoder: AutoencoderKLHunyuanVideo) -> tuple[Any, Any]:
    """The 1 x 1 x 1 convolutions into and out of the latent."""
    return autoencoder.quant_conv, autoencoder.post_quant_conv


# --- a start that learns ------------------------------------------------------------------------


def new_autoencoder(recipe: AutoencoderRecipe) -> AutoencoderKLHunyuanVideo:
    """A fresh autoencoder, initialised as a nearly linear pyramid of averages.

    With PyTorch's default start this architecture collapses (11 dB): the residual stream shrinks
    from block to block, and GroupNorm then wipes out what a flat picture's colour is carried by.
    """
    # A hidden type: diffusers annotates what it calls with too narrowly (tuple[int], None).
    options: dict[str, Any] = {"block_out_channels": recipe.channels}
    autoencoder = AutoencoderKLHunyuanVideo(
        **options,
        layers_per_block=1,
        norm_num_groups=recipe.norm_groups,
        scaling_factor=1.0,
    )
    with torch.no_grad():
        for name, module in autoencoder.named_modules():
            _initialise(name, module)
        mean = slice(None, LATENT_CHANNELS)
        log_variance = slice(LATENT_CHANNELS, None)
        quant, post_quant = around_latents(autoencoder)
        nn.init.orthogonal_(quant.weight[mean])
        nn.init.orthogonal_(post_quant.weight)
        quant.weight[log_variance] *= 0.1
        quant.bias[log_variance] = -5.0  # little noise on the latents at first
    return autoencoder


def _initialise(name: str, module: Any) -> None:
    """Set one module's first weights by its place in the network."""
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "conv2":  # residual branches contribute nothing yet
        module.conv.weight.zero_()
        module.conv.bias.zero_()
    elif name.endswith("to_out.0"):  # nor does the attention in the middle
        module.weight.zero_()
        module.bias.zero_()
    elif leaf == "conv_shortcut":  # a change of width keeps lengths
        nn.init.orthogonal_(module.conv.weight)
    elif name.endswith(("downsamplers.0", "upsamplers.0")):  # hand on the pixel below
        kernel = module.conv.conv.weight
        _blend_at_centre(kernel, torch.eye(len(kernel)))
    elif name.endswith(("encoder.conv_in", "encoder.conv_out", "decoder.conv_in")):
        kernel = module.conv.weight
        mix = torch.empty(kernel.shape[:2])
        nn.init.orthogonal_(mix, gain=math.sqrt(2) if name == "encoder.conv_in" else 1.0)
        _blend_at_centre(kernel, mix)
    if leaf == "conv_in":  # large constants next to the colours keep GroupNorm nearly linear
        signs = 1 - 2 * (torch.arange(len(module.conv.bias)) % 2)
        module.conv.bias.copy_(1.5 * signs)
    elif leaf == "conv_norm_out":  # keeps the last SiLU in its nearly linear range
        module.bias.fill_(1.0)


def _blend_at_centre(kernel: Tensor, mix: Tensor) -> None:
    """Damp a (out, in, 3, 3, 3) kernel and add `mix` at "this frame, this pixel"."""
    kernel *= 0.3
    kernel[:, :, 2, 1, 1] += mix  # the kernel is causal: its last tap in time is now


# --- the same convolution, faster ---------------------------------------------------------------


_stock_convolution = HunyuanVideoCausalConv3d.forward


def _direct(self: HunyuanVideoCausalConv3d, hidden_states: Tensor) -> Tensor:
    return _stock_convolution(self, half_under_autocast(hidden_states))


def stacked(self: HunyuanVideoCausalConv3d, hidden_states: Tensor) -> Tensor:
    """The causal 3-D convolution as a 2-D one whose input channels are the kernel's frames."""
    *space, before, _ = self.time_causal_padding
    x = half_under_autocast(hidden_states).transpose(1, 2)  # n t c h w
    x = torch.cat([x[:, :1].expand(-1, before, -1, -1, -1), x], dim=1)
    return stacked_taps(x, self.conv, tuple(space), self.pad_mode)


def faster_convolution(
    autoencoder: AutoencoderKLHunyuanVideo, bucket: Bucket, generator: torch.Generator
) -> AbstractContextManager[None]:
    """The form of the convolution that is faster on this device."""
    forms = {"direct": _direct, "stacked": stacked}
    return fastest(HunyuanVideoCausalConv3d, forms, autoencoder, bucket, generator)


# --- latents ------------------------------------------------------------------------------------


@torch.no_grad()
def whiten(
    autoencoder: AutoencoderKLHunyuanVideo, recipe: AutoencoderRecipe, generator: torch.Generator
) -> None:
    """Give every latent channel mean 0 and the same spread, and set `scaling_factor` to match.

    The pipeline knows one scalar only, so each channel's shift and scale are folded into the two
    1 x 1 x 1 convolutions around the latent; what is decoded stays the same.
    """
    bucket = recipe.buckets[0]

    def latents() -> Latents:
        scenes = world.training_scenes(recipe.whitening_clips, generator)
        video = world.draw(scenes, bucket.size, generator).video
        return encode(autoencoder, video, batch=8 * bucket.batch)

    sample = latents()
    mean, spread = sample.mean((0, 2, 3, 4)), sample.std((0, 2, 3, 4))
    # HunyuanVideo's own latents have a spread of 1/.476986; a dead channel is not blown up.
    scale = spread.clamp_min(0.25 * spread.max()) * 0.476986
    quant, post_quant = around_latents(autoencoder)
    means, log_variances = slice(None, LATENT_CHANNELS), slice(LATENT_CHANNELS, None)
    quant.weight[means] /= scale.view(-1, 1, 1, 1, 1)
    quant.bias[means] = (quant.bias[means] - mean) / scale
    quant.bias[log_variances] -= 2 * scale.log()
    post_quant.bias += post_quant.weight[:, :, 0, 0, 0] @ mean
    post_quant.weight *= scale.view(1, -1, 1, 1, 1)
    autoencoder.register_to_config(scaling_factor=round(1 / latents().std().item(), 6))
    log("scaling_factor", scaling_factor(autoencoder), "spreads", _short(spread))


def _short(values: Tensor) -> list[float]:
    return [round(value, 2) for value in values.tolist()]
