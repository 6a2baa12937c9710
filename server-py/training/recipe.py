"""Every size, batch, rate and time of the training, in one place.

`FULL` makes the bundled model; `SMOKE` runs the same code on a CPU in well under two minutes
and makes a folder that loads and samples, but knows nothing.
"""

from dataclasses import dataclass

from .world import ClipSize


@dataclass(frozen=True)
class Budget:
    """How long a training may take: whichever limit is reached first ends it."""

    seconds: float
    steps: int


@dataclass(frozen=True)
class Bucket:
    """Clips of one size: how many in a batch, and the share of steps that take this batch."""

    size: ClipSize
    batch: int
    share: float
    clips: int = 0  # cached latents, for the transformer only


@dataclass(frozen=True)
class AutoencoderRecipe:
    budget: Budget
    buckets: tuple[Bucket, ...]
    whitening_clips: int
    channels: tuple[int, ...] = (16, 32, 48, 48)
    norm_groups: int = 2
    muon_rate: float = 1e-3  # convolution kernels
    adamw_rate: float = 5e-4  # everything else
    warmup_steps: int = 100
    last_rate: float = 0.02  # of the peak, at the end of the cosine
    free_colours: float = 0.35
    region_weight: float = 4.0  # extra weight of the shape's region in the loss
    square_weight: float = 2.0  # of the squared error, relative to the absolute error
    kl_weight: float = 3e-4  # per latent element


@dataclass(frozen=True)
class TransformerRecipe:
    budget: Budget
    buckets: tuple[Bucket, ...]
    heads: int = 5
    head_width: int = 32
    muon_rate: float = 2e-3  # matrices inside blocks
    adamw_rate: float = 1.2e-3  # everything else
    adamw_betas: tuple[float, float] = (0.9, 0.97)
    weight_decay: float = 0.01
    warmup_steps: int = 300
    last_rate: float = 0.01
    average_decay: float = 0.999  # of the weights that are saved
    drop_caption: float = 0.12
    drop_attribute: float = 0.08  # direction and background, each
    drop_direction_of_stills: float = 0.5
    logit_normal: float = 0.6  # share of flow times; the others are uniform
    logit_normal_mean: float = 0.2


@dataclass(frozen=True)
class Recipe:
    name: str
    autoencoder: AutoencoderRecipe
    transformer: TransformerRecipe


FULL = Recipe(
    name="full",
    autoencoder=AutoencoderRecipe(
        budget=Budget(seconds=165, steps=100_000),
        buckets=(
            Bucket(ClipSize(9, 64, 64), batch=32, share=0.64),
            Bucket(ClipSize(17, 64, 64), batch=16, share=0.12),
            Bucket(ClipSize(5, 64, 64), batch=48, share=0.05),
            Bucket(ClipSize(1, 64, 64), batch=96, share=0.06),
            Bucket(ClipSize(9, 96, 96), batch=14, share=0.09),
            Bucket(ClipSize(9, 64, 96), batch=21, share=0.04),
        ),
        whitening_clips=1024,
    ),
    transformer=TransformerRecipe(
        budget=Budget(seconds=250, steps=100_000),
        buckets=(
            Bucket(ClipSize(9, 64, 64), batch=256, share=0.55, clips=40960),
            Bucket(ClipSize(17, 64, 64), batch=160, share=0.16, clips=10240),
            Bucket(ClipSize(5, 64, 64), batch=320, share=0.06, clips=8192),
            Bucket(ClipSize(1, 64, 64), batch=512, share=0.06, clips=8192),
            Bucket(ClipSize(9, 96, 96), batch=128, share=0.11, clips=8192),
            Bucket(ClipSize(9, 64, 96), batch=192, share=0.06, clips=8192),
        ),
    ),
)

SMOKE = Recipe(
    name="smoke",
    autoencoder=AutoencoderRecipe(
        budget=Budget(seconds=20, steps=12),
        buckets=(
            Bucket(ClipSize(5, 32, 32), batch=4, share=0.8),
            Bucket(ClipSize(1, 32, 48), batch=4, share=0.2),
        ),
        whitening_clips=32,
        warmup_steps=2,
    ),
    transformer=TransformerRecipe(
        budget=Budget(seconds=20, steps=12),
        buckets=(
            Bucket(ClipSize(5, 32, 32), batch=8, share=0.8, clips=32),
            Bucket(ClipSize(1, 32, 48), batch=8, share=0.2, clips=32),
        ),
        warmup_steps=2,
    ),
)
