"""UniPC, the predictor-corrector method that Wan uses by default."""

from __future__ import annotations

import torch
from diffusers import UniPCMultistepScheduler
from jaxtyping import Float
from torch import Tensor

from l1probe.samplers.verbatim import Verbatim, flow


class UniPC(Verbatim, UniPCMultistepScheduler):
    """UniPC-2 with B(h) = e^h − 1, data prediction; one evaluation per step (arXiv:2302.04867).

    The corrector of a step runs inside the next step and reuses its evaluation, so it costs none.
    `step` returns the prediction from the corrected state.
    """

    stock_settings = flow(solver_order=2, solver_type="bh2")

    def _solver_sigmas(self, device: str | torch.device | None) -> Float[Tensor, " bounds"]:
        sigmas = super()._solver_sigmas(device)
        # The stock code moves them to the latents' device, and Metal has no float64.
        on_metal = device is not None and torch.device(device).type == "mps"
        return sigmas.to(torch.float32) if on_metal else sigmas
