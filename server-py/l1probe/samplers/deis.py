"""DEIS: exponential integrator with polynomials in log(σ/α)."""

from __future__ import annotations

from diffusers import DEISMultistepScheduler

from l1probe.samplers.capped import CappedEnds
from l1probe.samplers.verbatim import flow


class Deis2(CappedEnds, DEISMultistepScheduler):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Two points, noise prediction; one evaluation per step (arXiv:2204.13902)."""

    stock_settings = flow(solver_order=2)


class Deis3(Deis2):
    """Three points, from the third DEIS step on."""

    stock_settings = flow(solver_order=3)
