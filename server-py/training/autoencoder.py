"""Training a causal 3-D autoencoder: 4 x 8 x 8 pixels to one position of 16 channels."""

import math
import re
from typing import Any

import torch
from diffusers import AutoencoderKLHunyuanVideo, AutoencoderKLWan
from jaxtyping import Float
from torch import Tensor, nn

from . import world
from .muon import Muon
from .progress import Progress, log
from .recipe import AutoencoderRecipe, Bucket
from .world import Clips, ClipSize

LATENT_CHANNELS = 16
Autoencoder = AutoencoderKLHunyuanVideo | AutoencoderKLWan
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


def posterior(autoencoder: Autoencoder, video: Video) -> Any:
    """The Gaussian of the latents, with `.mean`, `.logvar`, `.mode()`, `.sample(generator)`."""
    return autoencoder.encode(video, return_dict=False)[0]


def decode(autoencoder: Autoencoder, latents: Latents) -> Video:
    """Unscaled latents to clips, values about in [-1, 1]."""
    decoded: Any = autoencoder.decode(latents, return_dict=False)
    return decoded[0]


# --- training -----------------------------------------------------------------------------------


def reconstruction_loss(
    decoded: Video, clips: Clips, region_weight: float, square_weight: float
) -> Float[Tensor, ""]:
    """Absolute plus weighted squared error; the few pixels of the shape's region count more."""
    error = decoded - clips.video
    weight = 1 + region_weight * clips.region
    return (weight * (error.abs() + square_weight * error.square())).mean() / weight.mean()


def train_autoencoder(
    autoencoder: Autoencoder, recipe: AutoencoderRecipe, generator: torch.Generator
) -> int:
    """Train in place; returns the number of steps. `generator` lives on the training device."""
    device = generator.device
    choices = torch.Generator().manual_seed(generator.initial_seed())
    kernels = [
        parameter
        for name, parameter in autoencoder.named_parameters()
        if parameter.ndim >= 4
        and parameter[0].numel() > 1
        and not re.search(r"conv_(in|out)\.(conv\.)?weight$", name)
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

        # A clip of one frame leaves some kernels without a gradient; they keep one of 0.
        autoencoder.zero_grad(set_to_none=False)
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
def encode(autoencoder: Autoencoder, video: Video, batch: int) -> Latents:
    """The posterior's means in float32, not yet scaled."""
    with mixed_precision(video.device):
        parts = [posterior(autoencoder, part).mean.float() for part in video.split(batch)]
    return torch.cat(parts)


def reconstruct(
    autoencoder: Autoencoder, size: ClipSize, count: int, generator: torch.Generator
) -> tuple[Video, Clips]:
    """`count` drawn clips, decoded from their encoding's mode, with the originals."""
    clips = world.draw(world.training_scenes(count, generator), size, generator)
    with torch.no_grad():
        parts = [
            decode(autoencoder, posterior(autoencoder, part).mode())
            for part in clips.video.split(8)
        ]
    return torch.cat(parts), clips
