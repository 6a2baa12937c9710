"""Euler's method, the default of HunyuanVideo and most flow-matching pipelines."""

from __future__ import annotations

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from jaxtyping import Float
from torch import Tensor

from l1probe.samplers.verbatim import Verbatim


class Euler(Verbatim, FlowMatchEulerDiscreteScheduler):
    """x + (σ′ − σ)·v. Order 1, one evaluation per step; bit for bit the stock scheduler."""

    def _solver_sigmas(self, device: str | torch.device | None) -> Float[Tensor, " bounds"]:
        # As the stock scheduler keeps them.
        return super()._solver_sigmas(device).to(device, torch.float32)
