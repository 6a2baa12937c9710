"""A flow with a known solution, and the package's schedulers run on it in float64.

Data N(μ, s²) and noise N(0, 1) are joined by x_σ = (1−σ)x₀ + σε, so x_σ is N((1−σ)μ, V(σ)) with
V(σ) = (1−σ)²s² + σ². The velocity E[ε − x₀ | x_σ = x] is then affine in x, and the flow along it
keeps each point's quantile: x_σ = (1−σ)μ + √(V(σ)/V(σ′))·(x_σ′ − (1−σ′)μ).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from l1probe.samplers import make_scheduler


@dataclass(frozen=True)
class GaussianFlow:
    """Data whose mean is μ and whose standard deviation, an array over the last axis, is s."""

    mean: float
    deviation: np.ndarray

    def variance(self, sigma: float) -> np.ndarray:
        return (1 - sigma) ** 2 * self.deviation**2 + sigma**2

    def velocity(self, x: np.ndarray, sigma: float) -> np.ndarray:
        slope = (sigma - (1 - sigma) * self.deviation**2) / self.variance(sigma)
        return slope * (x - (1 - sigma) * self.mean) - self.mean

    def exact(self, x: np.ndarray, start: float, end: float) -> np.ndarray:
        growth = np.sqrt(self.variance(end) / self.variance(start))
        return (1 - end) * self.mean + growth * (x - (1 - start) * self.mean)


def stock_module(scheduler: Any) -> ModuleType:
    """The module of diffusers that a scheduler's arithmetic is in."""
    names = (base.__module__ for base in type(scheduler).__mro__)
    return sys.modules[next(name for name in names if name.startswith("diffusers."))]


class _WideTorch:
    """PyTorch, except that its float32 is float64."""

    float32 = torch.float64

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


@contextmanager
def in_float64(scheduler: Any) -> Iterator[None]:
    """Lets a stock `step`, which casts its state to torch.float32, keep float64."""
    module: Any = stock_module(scheduler)
    module.torch = _WideTorch()
    try:
        yield
    finally:
        module.torch = torch


def solve(
    sampler: str,
    sigmas: Sequence[float],
    x: np.ndarray,
    velocity: Callable[[np.ndarray, float], np.ndarray],
    seed: int = 0,
    leave_out: int = 0,
) -> np.ndarray:
    """What a scheduler of the package makes of `x` at sigmas[0], in float64.

    Args:
        leave_out: how many of the last calls not to make; 1 ends at the last sigma, not at 0.
    """
    scheduler = make_scheduler(sampler, sigmas, seed)
    scheduler.set_timesteps()
    calls = list(zip(scheduler.calls(), scheduler.timesteps, strict=True))
    state: Tensor = torch.from_numpy(np.array(x, dtype=np.float64))
    with in_float64(scheduler):
        for call, timestep in calls[: len(calls) - leave_out]:
            prediction = torch.from_numpy(velocity(state.numpy(), call.sigma))
            state = scheduler.step(prediction, timestep, state, return_dict=False)[0]
            assert state.dtype == torch.float64
    return state.numpy()
