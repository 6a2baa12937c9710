"""Samplers that run a schedule verbatim: diffusers' own schedulers, told their sigmas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from jaxtyping import Float32
from torch import Tensor

TRAIN_TIMESTEPS = 1000


def sigmas_float32(sigmas: Sequence[float]) -> Float32[Tensor, " steps"]:
    """What runs: the sent sigmas, each rounded once to float32."""
    return torch.tensor(list(sigmas), dtype=torch.float64).to(torch.float32)


class VerbatimFlowMatchEuler(FlowMatchEulerDiscreteScheduler):
    """FlowMatchEulerDiscreteScheduler whose sigmas are given beforehand and never shifted.

    `set_timesteps` ignores what the pipeline asks for, since every pipeline asks in another
    way and some not at all; its parameters keep their names because pipelines inspect them.
    """

    def __init__(self, schedule: Float32[Tensor, " steps"]) -> None:
        super().__init__(num_train_timesteps=TRAIN_TIMESTEPS, shift=1.0)
        self._schedule = schedule

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: list[float] | None = None,
        mu: float | None = None,
        timesteps: list[float] | None = None,
    ) -> None:
        self.num_inference_steps = len(self._schedule)
        schedule = self._schedule.to(device)
        self.timesteps = schedule * TRAIN_TIMESTEPS
        self.sigmas = torch.cat([schedule, schedule.new_zeros(1)])
        self._step_index = None
        self._begin_index = 0


SAMPLERS: dict[str, Callable[[Float32[Tensor, " steps"]], Any]] = {
    "euler": VerbatimFlowMatchEuler,
}


def make_scheduler(sampler: str, sigmas: Sequence[float]) -> Any:
    """A scheduler of the named sampler that will run exactly `sigmas` and then 0."""
    return SAMPLERS[sampler](sigmas_float32(sigmas))


def stock_name(scheduler: Any) -> str:
    """The name of the diffusers class that a scheduler is or builds on."""
    for base in type(scheduler).__mro__:
        if base.__module__.startswith("diffusers."):
            return base.__name__
    raise TypeError(f"{type(scheduler).__name__} builds on no scheduler of diffusers")
