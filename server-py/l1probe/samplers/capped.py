"""Euler steps at the ends of a schedule, for solvers that are undefined there."""

from __future__ import annotations

from typing import Any

from diffusers.schedulers.scheduling_utils import SchedulerOutput
from torch import Tensor

from l1probe.samplers.verbatim import Verbatim


class CappedEnds(Verbatim):
    """Takes the Euler step where a step starts at σ = 1 or ends at 0.

    There α = 1 − σ or σ itself is 0, so log(σ/α) is infinite and a formula that subtracts two
    of them gives NaN. The solver's history is left as it was: its first own step is of first
    order, as at any start.
    """

    def step(
        self,
        model_output: Tensor,
        timestep: int | Tensor,
        sample: Tensor,
        return_dict: bool = True,
    ) -> Any:
        stock: Any = super()
        if self._step_index is None:
            stock._init_step_index(timestep)
        index: Any = self._step_index
        sigma, sigma_next = self.sigmas[index], self.sigmas[index + 1]
        if sigma < 1 and sigma_next > 0:
            return stock.step(model_output, timestep, sample, return_dict=return_dict)
        moved = sample + (sigma_next - sigma) * model_output
        self._step_index = index + 1
        return SchedulerOutput(prev_sample=moved) if return_dict else (moved,)
