"""The exact law of what a stochastic sampler ends with on a Gaussian flow, without sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from gaussian_flow import GaussianFlow, solve, stock_module
from torch import Tensor

from l1probe.samplers import make_scheduler


def law_of_the_end(
    sampler: str, sigmas: Sequence[float], mean: float, deviation: float
) -> tuple[float, float]:
    """Mean and standard deviation of the end, the start and every draw of noise being N(0, 1).

    On an affine flow the end is b + a·x₁ + Σ cₖ·zₖ in the start x₁ and the draws zₖ. The
    package's scheduler runs once on a vector in whose element 0 all of them are 0 and in each
    further element one of them is 1, which shows b, a and every cₖ.
    """
    unknowns = len(sigmas) + 1
    drawn = iter(range(1, unknowns))

    def one_at_a_time(shape: Sequence[int], dtype: torch.dtype, **_: Any) -> Tensor:
        noise = torch.zeros(tuple(shape), dtype=dtype)
        noise[..., 1 + next(drawn)] = 1
        return noise

    start = np.zeros((1, 1, 1 + unknowns))
    start[..., 1] = 1
    flow = GaussianFlow(mean, np.array(deviation))
    module = stock_module(make_scheduler(sampler, sigmas, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "randn_tensor", one_at_a_time)
        end = solve(sampler, sigmas, start, flow.velocity).ravel()
    assert next(drawn, None) is None, "the sampler draws once a step"
    return float(end[0]), float(np.linalg.norm(end[1:] - end[0]))
