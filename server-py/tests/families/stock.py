"""Stock pipelines as diffusers runs them, without server, hooks or observer."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline

from l1probe.random_models import make_random


def given_sigmas(stock: type, sigmas: Sequence[float], **settings: Any) -> Any:
    """A flow scheduler of a stock class that runs `sigmas`, whatever a pipeline requests.

    Args:
        stock: of diffusers, with `sigmas` among the arguments of its `set_timesteps`.
        sigmas: exact in float32 after the class's own arithmetic with these settings.
        settings: of its constructor.
    """

    class Given(keeping(stock)):
        def set_timesteps(
            self,
            num_inference_steps: int | None = None,
            device: Any = None,
            sigmas: Any = None,
            mu: float | None = None,
            timesteps: Any = None,
        ) -> None:
            super().set_timesteps(sigmas=list(given), device=device)

    given = sigmas
    return Given(**settings)


def keeping(stock: Any) -> Any:
    """A subclass of a stock scheduler that keeps what its steps return in `seen`."""

    class Keeping(stock):
        @functools.wraps(stock.step)
        def step(self, *args: Any, **kwargs: Any) -> Any:
            output = super().step(*args, **kwargs)
            self.seen = [*getattr(self, "seen", []), output[0].clone()]
            return output

    return Keeping


def fresh_pipeline(model: str, dtype: torch.dtype, rest: torch.dtype = torch.float32) -> Any:
    """The model as the server loads it on a CPU, before hooks are placed.

    Args:
        model: as `--model` takes it.
        dtype: of its transformers.
        rest: of its text encoders and its VAE.
    """
    if model.startswith("random:"):
        name = model.removeprefix("random:")
        pipeline = make_random(name, torch.device("cpu"), dtype, rest)
    else:
        pipeline = DiffusionPipeline.from_pretrained(
            Path(model), dtype={"transformer": dtype, "default": rest}
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
