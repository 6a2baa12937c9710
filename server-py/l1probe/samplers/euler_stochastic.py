"""Stochastic Euler: denoise fully, then add fresh noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from diffusers import FlowMatchEulerDiscreteScheduler

from l1probe.samplers.noise import SeededNoise


class EulerStochastic(SeededNoise, FlowMatchEulerDiscreteScheduler):
    """(1 − σ′)·(x − σv) + σ′·ε with a new ε every step; one evaluation per step.

    The multistep sampling of consistency models (arXiv:2303.01469, algorithm 1). It follows no
    differential equation: with more steps it does not approach the data's distribution.
    """

    stock_settings: ClassVar[Mapping[str, Any]] = {"stochastic_sampling": True}
