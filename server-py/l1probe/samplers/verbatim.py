"""The verbatim layer: makes a scheduler of diffusers run exactly the sigmas it was built with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

TRAIN_TIMESTEPS = 1000


def sigmas_float32(sigmas: Sequence[float]) -> Float32[Tensor, " steps"]:
    """What runs: the sent sigmas, each rounded once to float32."""
    return torch.tensor(list(sigmas), dtype=torch.float64).to(torch.float32)


def flow(**settings: Any) -> Mapping[str, Any]:
    """Settings of a multistep scheduler for a model that predicts velocity on x = (1−σ)x₀ + σε.

    They work only together, and diffusers does not check that.
    """
    return {"use_flow_sigmas": True, "prediction_type": "flow_prediction", **settings}


@dataclass(frozen=True)
class SolverCall:
    """One call of a scheduler's `step`, and thus one evaluation.

    Attributes:
        step: counts from 0.
        evaluation: counts from 0 within the step.
        sigma: where the model was evaluated.
        sigma_next: the sigma of the state after the call.
    """

    step: int
    evaluation: int
    sigma: float
    sigma_next: float


class Verbatim:
    """A mixin before a scheduler class of diffusers, whose arithmetic and state stay its own.

    Attributes:
        stock_settings: arguments of the stock constructor.
    """

    stock_settings: ClassVar[Mapping[str, Any]] = {}

    sigmas: Tensor
    timesteps: Tensor

    def __init__(
        self, schedule: Float32[Tensor, " steps"], seed: int, model: Mapping[str, Any]
    ) -> None:
        stock: Any = super()
        stock.__init__(num_train_timesteps=TRAIN_TIMESTEPS, **self.settings_for(model))
        self._schedule = schedule
        self._seed = seed

    def settings_for(self, model: Mapping[str, Any]) -> Mapping[str, Any]:
        """Arguments of the stock constructor, for a model's own scheduler configuration."""
        return self.stock_settings

    def timesteps_at(self, sigmas: Float32[Tensor, " values"]) -> Tensor:
        """The timestep that the model receives for each sigma, in the dtype of its loop."""
        return sigmas * TRAIN_TIMESTEPS

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: Sequence[float] | np.ndarray | None = None,
        mu: float | None = None,
        timesteps: Sequence[float] | np.ndarray | None = None,
    ) -> None:
        """Resets the solver to the start of its own sigmas, whatever the arguments say.

        Pipelines pass steps, sigmas or timesteps. The parameters keep their names because pipelines
        inspect them and pass them by name. Some stock classes order them differently, which type
        checkers report.
        """
        stock: Any = super()
        # The stock code clears the solver's history; the grid that it sets is then replaced.
        stock.set_timesteps(len(self._schedule), device=device)
        self.num_inference_steps = len(self._schedule)
        self.timesteps = self.timesteps_at(self.per_call(self._schedule.to(device)))
        self.sigmas = self._solver_sigmas(device)
        self._step_index = None
        self._begin_index = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """Resets what a layer adds to the solver's own state."""

    def levels(self, sigma: float) -> tuple[float, float]:
        """The factors of signal and noise in a state at `sigma`: x = (1 − σ)·x₀ + σ·ε."""
        return 1.0 - sigma, sigma

    def _solver_sigmas(self, device: str | torch.device | None) -> Float[Tensor, " bounds"]:
        """The sigmas that `step` reads, each exactly float32(sent), and 0.

        In float64, since differences of neighbours and of their logarithms lose digits in float32.
        On the CPU, where 0-dim tensors do not change the dtype of the latents.
        """
        solver = self._schedule.to("cpu", torch.float64)
        return torch.cat([self.per_call(solver), solver.new_zeros(1)])

    def per_call(self, values: Float[Tensor, " steps"]) -> Float[Tensor, " calls"]:
        """Repeats one value per step for each evaluation of that step."""
        return values

    def calls(self) -> list[SolverCall]:
        """The calls that will happen, from the arrays that `step` reads."""
        bounds = self.sigmas.tolist()
        return [SolverCall(k, 0, bounds[k], bounds[k + 1]) for k in range(len(bounds) - 1)]
