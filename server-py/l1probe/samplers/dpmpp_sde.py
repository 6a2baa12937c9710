"""SDE-DPM-Solver++(2M), also known as DPM++ 2M SDE."""

from __future__ import annotations

from diffusers import DPMSolverMultistepScheduler

from l1probe.samplers.noise import SeededNoise
from l1probe.samplers.verbatim import flow


class DpmppSde(SeededNoise, DPMSolverMultistepScheduler):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Multistep, data prediction, for the diffusion SDE (arXiv:2211.01095).

    One evaluation and one draw of noise per step. Its ends at σ = 1 and 0 are as in DPM++ 2M.
    """

    stock_settings = flow(algorithm_type="sde-dpmsolver++", solver_order=2)
