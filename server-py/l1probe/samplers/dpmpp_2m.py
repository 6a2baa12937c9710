"""DPM-Solver++(2M)."""

from __future__ import annotations

from diffusers import DPMSolverMultistepScheduler

from l1probe.samplers.verbatim import Verbatim, flow


class Dpmpp2M(Verbatim, DPMSolverMultistepScheduler):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Multistep, data prediction, order 2, one evaluation per step (arXiv:2211.01095, algorithm 2).

    At σ = 1 and 0, where its formulas are limits, it takes its own first-order step.
    """

    stock_settings = flow(algorithm_type="dpmsolver++", solver_order=2)
