"""Where a run starts: the pipeline's own noise, replaced by or mixed with a given latent."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

#: The factors of signal and noise.
Levels = tuple[float, float]


def hook_start(
    pipeline: Any,
    latents: Float[Tensor, ...],
    levels: Levels | None,
    sampled_of: Callable[[Tensor], Tensor],
) -> None:
    """Gives one run's copy of a pipeline a `prepare_latents` that starts from `latents`.

    The stock method still draws the noise, so it is the noise that the cell's seed gives without a
    start, and everything else that the method returns, such as a conditioning picture, is its own.

    Args:
        pipeline: a shallow copy that runs one cell.
        latents: clean latents, or a state; of the shape of the run's signals.
        levels: of the first sigma; None continues from `latents` as they are.
        sampled_of: selects the signals' part of the prepared latents, as a view.
    """
    stock = pipeline.prepare_latents

    def prepare_latents(*args: Any, **kwargs: Any) -> Any:
        prepared = stock(*args, **kwargs)
        first, *rest = prepared if isinstance(prepared, tuple) else (prepared,)
        begun = first.clone()
        sampled = sampled_of(begun)
        if sampled.shape != latents.shape:
            raise ValueError(
                f"the start has the shape {tuple(latents.shape)}, and the pipeline prepared "
                f"latents of {tuple(sampled.shape)}"
            )
        sampled.copy_(latents if levels is None else mixed(latents, sampled, levels))
        return (begun, *rest) if isinstance(prepared, tuple) else begun

    # Pipelines read the signature of what they call.
    prepare_latents.__signature__ = inspect.signature(stock)  # type: ignore[attr-defined]
    pipeline.prepare_latents = prepare_latents


def mixed(latents: Tensor, noise: Tensor, levels: Levels) -> Tensor:
    """Signal and noise of the given levels, rounded once, to the noise's dtype."""
    signal_level, noise_level = levels
    # MPS has no float64.
    wide = torch.float32 if noise.device.type == "mps" else torch.float64
    clean = latents.to(noise.device, wide)
    return (clean * signal_level + noise.to(wide) * noise_level).to(noise.dtype)
