"""What the training asks of an architecture: one small model of a real pipeline's own classes."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .autoencoder import Autoencoder, Latents
from .recipe import AutoencoderRecipe, Bucket, TransformerRecipe

TIMESTEPS = 1000.0  # the scheduler's timestep of flow time 1


class Prompts(NamedTuple):
    """The transformer's text inputs: token states, which tokens are real, one pooled state."""

    states: Float[Tensor, "n 16 64"]
    mask: Float[Tensor, "n 16"]
    pooled: Float[Tensor, "n 64"] | None


class CaptionEncoders(Protocol):
    """Text encoders and tokenizers, on every caption of this world at once."""

    def tokenize_all(self, device: torch.device) -> Any:
        """Token ids of every caption, by `world.number`, and of the empty prompt, last."""
        ...

    def __call__(self, tokens: Any, rows: Int[Tensor, " n"]) -> Prompts:
        """Encode the captions in `rows` as the pipeline would."""
        ...

    def to(self, device: torch.device) -> Any: ...

    def trained_parameters(self) -> list[nn.Parameter]:
        """All parameters that reach the transformer."""
        ...

    def blocks(self) -> list[nn.Module]:
        """The modules whose matrices Muon trains."""
        ...

    def parts(self) -> dict[str, nn.Module]:
        """The encoders by name, for the record."""
        ...


@dataclass(frozen=True)
class Card:
    """What the model card says of an architecture."""

    folder: str  # under models/
    of: str  # the model whose classes it has
    pipeline: str  # the class that loads it
    size: str  # millions of weights, in words
    tokens: str  # that the pipeline's call gives the text by default
    guidance: str  # the argument of the call that is the scale of true classifier-free guidance
    encoders: str  # what is trained beside the transformer
    options: str  # of the command that makes it
    beyond: str  # what works outside the sizes of its training
    cost: str  # a sentence about the time of a call
    limits: str  # further lines under "What it is not"


class Architecture(Protocol):
    """A text-to-video model: its parts, freshly initialised, and how they are trained and saved."""

    name: str
    card: Card
    # PSNR in dB that the autoencoder promises: over whole clips, and in the shape's region.
    least_psnr: tuple[float, float]
    # The shift of the schedule that the saved pipeline asks for.
    shift: float

    def new_text(self) -> CaptionEncoders: ...

    def new_autoencoder(self, recipe: AutoencoderRecipe) -> Autoencoder: ...

    def faster(
        self, autoencoder: Any, bucket: Bucket, generator: torch.Generator
    ) -> AbstractContextManager[None]:
        """The context in which the autoencoder's convolutions are fastest on this device."""
        ...

    def new_transformer(self, recipe: TransformerRecipe) -> nn.Module:
        """A transformer whose blocks start as the identity and whose output starts at zero."""
        ...

    def whiten(
        self, autoencoder: Any, recipe: AutoencoderRecipe, generator: torch.Generator
    ) -> None:
        """Give every latent channel mean 0 and the same spread, as the pipeline reads them."""
        ...

    def scaled(self, autoencoder: Any, latents: Latents) -> Latents:
        """Encoded latents as the transformer sees them."""
        ...

    def blocks(self, transformer: Any) -> Iterable[nn.Module]:
        """The modules of the transformer whose matrices Muon trains."""
        ...

    def velocity(
        self,
        transformer: Any,
        noisy: Latents,
        time: Float[Tensor, " n"],
        prompts: Prompts,
    ) -> Latents:
        """The transformer's prediction of noise - clean at flow times in (0, 1)."""
        ...

    def save(self, folder: Path, autoencoder: Any, transformer: Any, encoders: Any) -> None:
        """Write the pipeline in float16. Leaves the models in float16 too."""
        ...
