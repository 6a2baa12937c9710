"""DDIM, for variance-preserving models, which were trained at whole timesteps."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import torch
from diffusers import CogVideoXDDIMScheduler, DDIMScheduler
from jaxtyping import Float32, Int64
from torch import Tensor

from l1probe.samplers.verbatim import TRAIN_TIMESTEPS, Verbatim

#: The clean state, as the stock code numbers timesteps.
CLEAN = -1


def whole_timestep(sigma: float) -> int:
    """The training timestep that a sigma stands for, σ = (t + 1)/1000; σ = 0 is clean."""
    return round(sigma * TRAIN_TIMESTEPS) - 1


class Ddim(Verbatim):
    """Deterministic DDIM (arXiv:2010.02502, equation 12 with η = 0), one evaluation per step.

    x ↦ √ᾱ′·x̂₀ + √(1 − ᾱ′)·ε̂ with ᾱ of the model's own betas, from each timestep of the list to
    the next one and from the last to the clean end, where ᾱ is 1.

    The stock code assumes a fixed stride to the next timestep, which is wrong for uneven lists;
    here each step has its own stride. With diffusers' trailing spacing and N dividing 1000 both are
    equal, bit for bit.
    """

    alphas_cumprod: Tensor

    def settings_for(self, model: Mapping[str, Any]) -> Mapping[str, Any]:
        """The model's own settings, except where the last step ends.

        Raises:
            ValueError: the configuration has no noise schedule of 1000 timesteps.
        """
        if model.get("num_train_timesteps") != TRAIN_TIMESTEPS or "beta_schedule" not in model:
            raise ValueError(
                f"ddim needs the betas of {TRAIN_TIMESTEPS} training timesteps; the model's "
                f"scheduler configuration has num_train_timesteps "
                f"{model.get('num_train_timesteps')} and beta_schedule {model.get('beta_schedule')}"
            )
        stock: Any = super(Verbatim, self)
        known = set(inspect.signature(stock.__init__).parameters) - {"num_train_timesteps"}
        own = {name: value for name, value in model.items() if name in known}
        return {**own, "set_alpha_to_one": True}

    def timesteps_at(self, sigmas: Float32[Tensor, " values"]) -> Int64[Tensor, " values"]:
        return (sigmas * TRAIN_TIMESTEPS).round().to(torch.int64) - 1

    def levels(self, sigma: float) -> tuple[float, float]:
        """√ᾱ and √(1 − ᾱ), from the model's own betas."""
        kept = float(self.alphas_cumprod[whole_timestep(sigma)])
        return math.sqrt(kept), math.sqrt(1.0 - kept)

    def step(
        self, model_output: Tensor, timestep: Any, sample: Tensor, return_dict: bool = True
    ) -> Any:
        stock: Any = super()
        index = 0 if self._step_index is None else self._step_index
        here, there = (whole_timestep(sigma) for sigma in self.sigmas[index : index + 2].tolist())
        steps = self.num_inference_steps
        # The stock code subtracts 1000 // num_inference_steps, which is now this step's stride.
        self.num_inference_steps = Fraction(TRAIN_TIMESTEPS, here - there)
        moved = stock.step(model_output, here, sample, return_dict=return_dict)
        self.num_inference_steps = steps
        self._step_index = index + 1
        return moved


class PlainDdim(Ddim, DDIMScheduler):  # pyright: ignore[reportIncompatibleMethodOverride]
    """With diffusers' arithmetic for most models; clips the sample if the configuration says so."""


class CogVideoXDdim(Ddim, CogVideoXDDIMScheduler):  # pyright: ignore[reportIncompatibleMethodOverride]
    """With CogVideoX's arithmetic, which shifts the signal-to-noise ratio (arXiv:2408.06072)."""


def make_ddim(
    schedule: Float32[Tensor, " steps"], seed: int, model: Mapping[str, Any]
) -> PlainDdim | CogVideoXDdim:
    """DDIM with the noise schedule of a model's own scheduler configuration.

    Args:
        schedule: whole thousandths, strictly decreasing.
        seed: not read; DDIM draws nothing.
        model: the configuration of the model's own scheduler.
    """
    shifts = "snr_shift_scale" in model
    return (CogVideoXDdim if shifts else PlainDdim)(schedule, seed, model)
