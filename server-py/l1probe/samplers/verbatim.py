"""The verbatim layer: a scheduler of diffusers that runs the sigmas it was given beforehand."""

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

    Nothing in diffusers checks that the two that make it so are given together.
    """
    return {"use_flow_sigmas": True, "prediction_type": "flow_prediction", **settings}


@dataclass(frozen=True)
class SolverCall:
    """One call of a scheduler's `step`, and so one evaluation of the model.

    Attributes:
        step: counts from 0.
        evaluation: counts from 0 within the step.
        sigma: where the model was evaluated.
        sigma_next: where the state stands after the call.
    """

    step: int
    evaluation: int
    sigma: float
    sigma_next: float


class Verbatim:
    """Goes before a scheduler class of diffusers, which keeps its arithmetic and its state.

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
        """What the model is told for each sigma, in the dtype that its loop expects."""
        return sigmas * TRAIN_TIMESTEPS

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: Sequence[float] | np.ndarray | None = None,
        mu: float | None = None,
        timesteps: Sequence[float] | np.ndarray | None = None,
    ) -> None:
        """Sets the schedule and begins anew, whatever the pipeline asks for.

        Every pipeline asks in another way and some not at all; the parameters keep their names
        because pipelines inspect them and pass them by name. Some stock classes have them in
        another order, which type checkers mind.
        """
        stock: Any = super()
        # What the solver remembers is cleared by the solver's own code, whose grid is replaced.
        stock.set_timesteps(len(self._schedule), device=device)
        self.num_inference_steps = len(self._schedule)
        self.timesteps = self.timesteps_at(self.per_call(self._schedule.to(device)))
        self.sigmas = self._solver_sigmas(device)
        self._step_index = None
        self._begin_index = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """Resets what a layer adds to the solver's own state."""

    def _solver_sigmas(self, device: str | torch.device | None) -> Float[Tensor, " bounds"]:
        """The sigmas that `step` reads, each exactly float32(sent), and 0.

        In float64, since differences of neighbours and of their logarithms lose digits in
        float32, and on the host, where 0-dim tensors leave the dtype of the latents alone.
        """
        solver = self._schedule.to("cpu", torch.float64)
        return torch.cat([self.per_call(solver), solver.new_zeros(1)])

    def per_call(self, values: Float[Tensor, " steps"]) -> Float[Tensor, " calls"]:
        """What belongs to each step, repeated for each evaluation at it."""
        return values

    def calls(self) -> list[SolverCall]:
        """What will happen, read from the arrays that `step` reads."""
        bounds = self.sigmas.tolist()
        return [SolverCall(k, 0, bounds[k], bounds[k + 1]) for k in range(len(bounds) - 1)]
