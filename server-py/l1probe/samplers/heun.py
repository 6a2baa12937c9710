"""Heun's method: an Euler step, corrected with the slope at its end."""

from __future__ import annotations

import torch
from diffusers import FlowMatchHeunDiscreteScheduler
from jaxtyping import Float
from torch import Tensor

from l1probe.samplers.verbatim import SolverCall, Verbatim


class Heun(Verbatim, FlowMatchHeunDiscreteScheduler):
    """Order 2 in 2N − 1 evaluations: two per step, and one (Euler) in the step that ends at 0.

    The first call of a step leaves the state at σ′ by Euler's rule, the second evaluates there
    and corrects it: its `sigma` and `sigma_next` are both σ′.
    """

    def per_call(self, values: Float[Tensor, " steps"]) -> Float[Tensor, " calls"]:
        return torch.cat([values[:1], values[1:].repeat_interleave(2)])

    def calls(self) -> list[SolverCall]:
        bounds = self.sigmas.tolist()
        return [
            SolverCall(call // 2, call % 2, bounds[call], bounds[call + 1 - call % 2])
            for call in range(len(bounds) - 1)
        ]
