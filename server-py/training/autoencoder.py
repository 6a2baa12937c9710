"""HunyuanVideo's causal 3-D autoencoder, small: 4 x 8 x 8 pixels to one position of 16 channels."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import AutoencoderKLHunyuanVideo
from diffusers.models.autoencoders.autoencoder_kl_hunyuan_video import (
    HunyuanVideoCausalConv3d,
)
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from . import world
from .muon import Muon
from .progress import Progress, log
from .recipe import AutoencoderRecipe, Bucket
from .world import Clips, ClipSize

LATENT_CHANNELS = 16
Video = Float[Tensor, "n 3 t h w"]
Latents = Float[Tensor, "n 16 t h w"]


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 arithmetic on a GPU, plain float32 on a CPU."""
    # The cache of cast weights would be frozen into captured graphs, so it stays off everywhere.
    enabled = device.type == "cuda"
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled, cache_enabled=False)


def pick(buckets: tuple[Bucket, ...], generator: torch.Generator) -> int:
    """A random bucket by its share; `generator` lives on the CPU."""
    shares = torch.tensor([bucket.share for bucket in buckets])
    return int(torch.multinomial(shares, 1, generator=generator))


# --- the autoencoder's own calls, typed ----------------------------------------------------------


def posterior(autoencoder: AutoencoderKLHunyuanVideo, video: Video) -> Any:
    """The Gaussian of the latents, with `.mean`, `.logvar`, `.mode()`, `.sample(generator)`."""
    return autoencoder.encode(video, return_dict=False)[0]


def decode(autoencoder: AutoencoderKLHunyuanVideo, latents: Latents) -> Video:
    """Unscaled latents to clips, values about in [-1, 1]."""
    decoded: Any = autoencoder.decode(latents, return_dict=False)
    return decoded[0]


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


def _half_under_autocast(x: Tensor) -> Tensor:
    """GroupNorm leaves float32 under autocast; padding and stacking cost half in bfloat16."""
    return x.bfloat16() if torch.is_autocast_enabled(x.device.type) else x


_stock_convolution = HunyuanVideoCausalConv3d.forward


def _direct(self: HunyuanVideoCausalConv3d, hidden_states: Tensor) -> Tensor:
    return _stock_convolution(self, _half_under_autocast(hidden_states))


def stacked(self: HunyuanVideoCausalConv3d, hidden_states: Tensor) -> Tensor:
    """The causal 3-D convolution as a 2-D one whose input channels are the kernel's frames."""
    kernel = self.conv.weight
    taps = kernel.shape[2]
    stride_in_time, *stride = self.conv.stride
    left, right, top, bottom, before, _ = self.time_causal_padding

    x = _half_under_autocast(hidden_states).transpose(1, 2)  # n t c h w
    x = torch.cat([x[:, :1].expand(-1, before, -1, -1, -1), x], dim=1)
    last_start = x.shape[1] - taps
    x = torch.cat([x[:, k : last_start + k + 1 : stride_in_time] for k in range(taps)], dim=2)

    n, frames = x.shape[:2]
    x = x.flatten(0, 1)
    if left or right or top or bottom:
        x = functional.pad(x, (left, right, top, bottom), mode=self.pad_mode)
    if x.is_cuda:
        x = x.contiguous(memory_format=torch.channels_last)
    y = functional.conv2d(
        x, kernel.transpose(1, 2).flatten(1, 2), self.conv.bias, stride=tuple(stride)
    )
    return y.unflatten(0, (n, frames)).transpose(1, 2)


Convolution = Callable[[HunyuanVideoCausalConv3d, Tensor], Tensor]


@contextmanager
def convolving(form: Convolution) -> Iterator[None]:
    """Let every causal convolution run as `form` for a while."""
    HunyuanVideoCausalConv3d.forward = form  # type: ignore[method-assign]
    try:
        yield
    finally:
        HunyuanVideoCausalConv3d.forward = _stock_convolution


def faster_convolution(
    autoencoder: AutoencoderKLHunyuanVideo, bucket: Bucket, generator: torch.Generator
) -> Convolution:
    """Time both forms for a moment on a GPU. cudnn's own search takes 20 s for each clip size."""
    if generator.device.type != "cuda":
        return _direct
    video = world.draw(world.training_scenes(bucket.batch, generator), bucket.size, generator).video
    seconds: dict[Convolution, float] = {}
    for form in (_direct, stacked):
        times = []
        with convolving(form):
            for _ in range(4):
                torch.cuda.synchronize()
                began = time.perf_counter()
                with mixed_precision(generator.device):
                    decoded = decode(autoencoder, posterior(autoencoder, video).mode())
                decoded.float().mean().backward()
                torch.cuda.synchronize()
                times.append(time.perf_counter() - began)
        autoencoder.zero_grad()
        seconds[form] = min(times[1:])
    log("convolution", {form.__name__: f"{1e3 * s:.1f} ms" for form, s in seconds.items()})
    return min(seconds, key=lambda form: seconds[form])


# --- training -----------------------------------------------------------------------------------


def reconstruction_loss(
    decoded: Video, clips: Clips, region_weight: float, square_weight: float
) -> Float[Tensor, ""]:
    """Absolute plus weighted squared error; the few pixels of the shape's region count more."""
    error = decoded - clips.video
    weight = 1 + region_weight * clips.region
    return (weight * (error.abs() + square_weight * error.square())).mean() / weight.mean()


def train_autoencoder(
    autoencoder: AutoencoderKLHunyuanVideo, recipe: AutoencoderRecipe, generator: torch.Generator
) -> int:
    """Train in place; returns the number of steps. `generator` lives on the training device."""
    device = generator.device
    choices = torch.Generator().manual_seed(generator.initial_seed())
    kernels = [
        parameter
        for name, parameter in autoencoder.named_parameters()
        if parameter.ndim == 5
        and not name.endswith(("conv_in.conv.weight", "conv_out.conv.weight"))
    ]
    by_muon = {id(parameter) for parameter in kernels}
    muon = Muon(kernels)
    adamw = torch.optim.AdamW(
        [p for p in autoencoder.parameters() if id(p) not in by_muon],
        lr=recipe.adamw_rate,
        betas=(0.9, 0.99),
        weight_decay=0.0,
        fused=device.type == "cuda",
    )
    progress = Progress(recipe.budget)
    while progress.fraction < 1:
        rate = progress.rate(recipe.warmup_steps, recipe.last_rate)
        for group in adamw.param_groups:
            group["lr"] = rate * recipe.adamw_rate
        # The first steps see one size only, so that the logs' start is easy to compare.
        place = pick(recipe.buckets, choices) if progress.step >= 50 else 0
        bucket = recipe.buckets[place]
        scenes = world.training_scenes(bucket.batch, generator)
        clips = world.draw(scenes, bucket.size, generator, recipe.free_colours)

        with mixed_precision(device):
            latents = posterior(autoencoder, clips.video)
            decoded = decode(autoencoder, latents.sample(generator))
        loss = reconstruction_loss(
            decoded.float(), clips, recipe.region_weight, recipe.square_weight
        )
        mean, log_variance = latents.mean.float(), latents.logvar.float()
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()

        autoencoder.zero_grad()
        (loss + recipe.kl_weight * kl).backward()
        nn.utils.clip_grad_norm_(autoencoder.parameters(), 1.0)
        adamw.step()
        muon.step(torch.tensor(rate * recipe.muon_rate, device=device))
        progress.step += 1
        if progress.step % 100 == 0 or progress.step == recipe.budget.steps:
            whole, region = psnr(decoded.detach().float(), clips)
            log(
                f"autoencoder step {progress.step} {bucket.size} loss {loss.item():.4f}",
                f"psnr {whole:.2f} region {region:.2f} kl {kl.item():.2f} rate {rate:.3f}",
            )
    return progress.step


def psnr(decoded: Video, clips: Clips) -> tuple[float, float]:
    """Peak signal-to-noise ratio in dB over all pixels, and weighted to the shapes' region."""
    error = (decoded.clamp(-1, 1) - clips.video).square()
    whole = error.mean()
    region = (error * clips.region).sum() / (error.shape[1] * clips.region.sum())
    peak = 2.0  # values reach from -1 to 1
    return 10 * math.log10(peak**2 / whole.item()), 10 * math.log10(peak**2 / region.item())


# --- latents ------------------------------------------------------------------------------------


@torch.no_grad()
def encode(autoencoder: AutoencoderKLHunyuanVideo, video: Video, batch: int) -> Latents:
    """The posterior's means in float32, not yet scaled."""
    with mixed_precision(video.device):
        parts = [posterior(autoencoder, part).mean.float() for part in video.split(batch)]
    return torch.cat(parts)


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


def reconstruct(
    autoencoder: AutoencoderKLHunyuanVideo, size: ClipSize, count: int, generator: torch.Generator
) -> tuple[Video, Clips]:
    """`count` drawn clips, decoded from their encoding's mode, with the originals."""
    clips = world.draw(world.training_scenes(count, generator), size, generator)
    with torch.no_grad():
        parts = [
            decode(autoencoder, posterior(autoencoder, part).mode())
            for part in clips.video.split(8)
        ]
    return torch.cat(parts), clips
