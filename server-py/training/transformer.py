"""Training a transformer by flow matching, together with its text encoders.

Flow matching: between a clip's latents z (time 0) and noise n (time 1) lies
x_t = (1 - t) z + t n, and the transformer learns its velocity n - z from (x_t, t, prompt).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from . import world
from .architecture import Architecture, CaptionEncoders
from .autoencoder import Autoencoder, encode, mixed_precision, pick
from .captured import captured
from .muon import Muon
from .progress import Progress, log
from .recipe import Bucket, TransformerRecipe
from .world import ClipSize, Scene


@dataclass(frozen=True)
class CachedClips:
    """Encoded clips of one size: scaled latents and the scenes they show."""

    latents: Float[Tensor, "n 16 t h w"]
    scenes: Int[Tensor, "n 6"]


def cache_clips(
    architecture: Architecture,
    autoencoder: Autoencoder,
    bucket: Bucket,
    generator: torch.Generator,
) -> CachedClips:
    """Draw and encode a bucket's clips once; training then never runs the autoencoder."""
    at_once = 512
    size = bucket.size
    pixels = size.frames * size.height * size.width
    batch = max(8, 256 * 9 * 64 * 64 // pixels)
    latents, scenes = [], []
    for first in range(0, bucket.clips, at_once):
        scene = world.training_scenes(min(at_once, bucket.clips - first), generator)
        video = world.draw(scene, size, generator).video
        latents.append(architecture.scaled(autoencoder, encode(autoencoder, video, batch)))
        scenes.append(torch.stack(scene, dim=1))
    return CachedClips(torch.cat(latents), torch.cat(scenes))


# --- one step -----------------------------------------------------------------------------------


def flow_times(n: int, recipe: TransformerRecipe, device: torch.device) -> Float[Tensor, " n"]:
    """Times in (0, 1): mostly around the middle, where the velocity is hardest to tell."""
    middling = torch.sigmoid(torch.randn(n, device=device) + recipe.logit_normal_mean)
    even = torch.rand(n, device=device)
    return torch.where(_chance(n, recipe.logit_normal, device), middling, even)


def caption_rows(
    scene: Scene[Int[Tensor, " n"]], size: ClipSize, recipe: TransformerRecipe
) -> Int[Tensor, " n"]:
    """Which caption each clip is trained with; some say less than is shown, some nothing.

    A caption without direction or background leaves the model free there; no caption at all is
    what classifier-free guidance subtracts.
    """
    n, device = len(scene.colour), scene.colour.device
    still = size.frames == 1
    silent = recipe.drop_direction_of_stills if still else recipe.drop_attribute
    no_direction = _chance(n, silent, device)
    no_background = _chance(n, recipe.drop_attribute, device)
    scene = scene._replace(
        direction=scene.direction.masked_fill(no_direction, 0),
        speed=scene.speed.masked_fill(no_direction, 0),
        background=scene.background.masked_fill(no_background, 0),
    )
    no_caption = _chance(n, recipe.drop_caption, device)
    return world.number(scene).masked_fill(no_caption, world.CAPTION_COUNT)


def _chance(n: int, probability: float, device: torch.device) -> Tensor:
    return torch.rand(n, device=device) < probability


def flow_loss(
    architecture: Architecture,
    transformer: nn.Module,
    encoders: CaptionEncoders,
    tokens: Any,
    cached: CachedClips,
    bucket: Bucket,
    recipe: TransformerRecipe,
) -> Float[Tensor, ""]:
    """Mean squared error of the velocity on a random batch.

    Draws from torch's default generator, which a captured graph advances at every replay.
    """
    device, n = cached.latents.device, bucket.batch
    chosen = torch.randint(len(cached.latents), (n,), device=device)
    clean = cached.latents[chosen]
    rows = caption_rows(Scene(*cached.scenes[chosen].unbind(1)), bucket.size, recipe)
    time = flow_times(n, recipe, device)
    noise = torch.randn_like(clean)
    noisy = torch.lerp(clean, noise, time[:, None, None, None, None])
    with mixed_precision(device):
        velocity = architecture.velocity(transformer, noisy, time, encoders(tokens, rows))
    return (velocity.float() - (noise - clean)).square().mean()


# --- training -----------------------------------------------------------------------------------


class RunningAverage:
    """An exponential average of parameters, updated every few steps."""

    EVERY = 4
    SETTLED = 0.3  # of the budget: before that the average just follows

    def __init__(self, parameters: list[nn.Parameter], decay: float) -> None:
        self.parameters = parameters
        self.mix = 1 - decay**self.EVERY
        self.average = [p.detach().clone() for p in parameters]

    @torch.no_grad()
    def update(self, progress: Progress) -> None:
        if progress.step % self.EVERY == 0:
            mix = self.mix if progress.fraction > self.SETTLED else 1.0
            torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], mix)

    @torch.no_grad()
    def store(self) -> None:
        """Put the average in the parameters' place."""
        for parameter, average in zip(self.parameters, self.average, strict=True):
            parameter.copy_(average)


def muon_matrices(roots: Iterable[nn.Module]) -> list[nn.Parameter]:
    """The matrices inside blocks, but not those that modulate norms."""
    return [
        parameter
        for root in roots
        for name, parameter in root.named_parameters()
        if parameter.ndim == 2 and not re.search(r"norm\w*\.linear", name)
    ]


def train_transformer(
    architecture: Architecture,
    transformer: nn.Module,
    encoders: CaptionEncoders,
    autoencoder: Autoencoder,
    recipe: TransformerRecipe,
    generator: torch.Generator,
    graphs: bool = True,
) -> int:
    """Train transformer and text encoders in place; returns the number of steps.

    `graphs` replays each step as a CUDA graph, if the device is one.
    """
    device = generator.device
    torch.manual_seed(generator.initial_seed())
    choices = torch.Generator().manual_seed(generator.initial_seed())
    tokens = encoders.tokenize_all(device)
    cached = [
        cache_clips(architecture, autoencoder, bucket, generator) for bucket in recipe.buckets
    ]
    log(
        "cached latents",
        {str(b.size): len(c.latents) for b, c in zip(recipe.buckets, cached, strict=True)},
    )

    parameters = [*transformer.parameters(), *encoders.trained_parameters()]
    matrices = muon_matrices([*architecture.blocks(transformer), *encoders.blocks()])
    by_muon = {id(matrix) for matrix in matrices}
    muon = Muon(matrices)
    # The rate is a tensor, because a captured step rereads it at every replay.
    rate = torch.zeros((), device=device)
    adamw = torch.optim.AdamW(
        [p for p in parameters if id(p) not in by_muon],
        lr=rate,
        betas=recipe.adamw_betas,
        weight_decay=recipe.weight_decay,
        fused=True,
        capturable=device.type == "cuda",
    )
    gradients = []
    for parameter in parameters:  # fixed buffers, shared by all captured steps
        parameter.grad = torch.zeros_like(parameter)
        gradients.append(parameter.grad)

    def step(bucket: Bucket, clips: CachedClips) -> Tensor:
        torch._foreach_zero_(gradients)
        loss = flow_loss(architecture, transformer, encoders, tokens, clips, bucket, recipe)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        adamw.step()
        muon.step(rate * (recipe.muon_rate / recipe.adamw_rate))
        return loss.detach()

    steps = captured(
        [
            lambda bucket=bucket, clips=clips: step(bucket, clips)
            for bucket, clips in zip(recipe.buckets, cached, strict=True)
        ],
        device if graphs else torch.device("cpu"),
    )
    log("training the transformer,", sum(p.numel() for p in parameters), "parameters")

    average = RunningAverage(parameters, recipe.average_decay)
    losses = torch.zeros(len(steps), 2, device=device)  # sum and count, by bucket
    progress = Progress(recipe.budget)
    while progress.fraction < 1:
        factor = progress.rate(recipe.warmup_steps, recipe.last_rate)
        rate.fill_(factor * recipe.adamw_rate)
        place = pick(recipe.buckets, choices)
        losses[place, 0] += steps[place]()
        losses[place, 1] += 1
        progress.step += 1
        average.update(progress)
        if progress.step % 500 == 0 or progress.step == recipe.budget.steps:
            means = (losses[:, 0] / losses[:, 1].clamp_min(1)).tolist()
            losses.zero_()
            log(
                f"transformer step {progress.step} loss by bucket",
                [round(mean, 4) for mean in means],
                f"rate {factor:.3f} {progress.seconds:.0f} s",
            )
        elif progress.step % 50 == 0 and device.type == "cuda":
            torch.cuda.synchronize()  # keeps the queue short, so that the clock is honest
    average.store()
    return progress.step
