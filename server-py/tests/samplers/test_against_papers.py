"""Each sampler takes the steps that its paper's formulas give, to float64's accuracy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import papers
import pytest
import torch
from conftest import flow_shift
from gaussian_flow import GaussianFlow, solve

from l1probe.families.family import FLOW_SAMPLERS
from l1probe.samplers.noise import solver_noise

SEED = 5
POINTS = np.linspace(-2.5, 2.5, 12).reshape(1, 1, 12)
DEVIATIONS = np.resize([0.1, 0.5, 1.0, 2.0], 12)

SOLVERS: dict[str, Callable[..., np.ndarray]] = {
    "euler": papers.euler,
    "heun": papers.heun,
    "dpm++2m": papers.dpmpp_2m,
    "unipc": papers.unipc,
    "deis": partial(papers.deis, 2),
    "deis3": partial(papers.deis, 3),
}
STOCHASTIC_SOLVERS: dict[str, Callable[..., np.ndarray]] = {
    "euler-stochastic": papers.euler_stochastic,
    "dpm++sde": papers.dpmpp_sde,
}

SCHEDULES = {
    f"shift {shift:g}, {steps} steps": flow_shift(shift, steps)
    for shift in (1, 7, 17)
    for steps in (1, 2, 3, 10, 40)
} | {
    "from .97": np.linspace(0.97, 0.02, 30).tolist(),
    "uneven": [0.999, 0.9, 0.89, 0.5, 0.1, 0.001],
}


def rotating(flow: GaussianFlow, x: np.ndarray, sigma: float) -> np.ndarray:
    """The flow's velocity with a part that is not affine in x, so that no solver gets it free."""
    return flow.velocity(x, sigma) + 0.3 * np.sin(3 * x + 2 * sigma)


def velocity_of(flow: GaussianFlow) -> Callable[[np.ndarray, float], np.ndarray]:
    return lambda x, sigma: rotating(flow, x, sigma)


def test_every_sampler_has_its_paper():
    assert SOLVERS.keys() | STOCHASTIC_SOLVERS.keys() == set(FLOW_SAMPLERS)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("sampler", SOLVERS)
def test_a_sampler_takes_the_steps_of_its_paper(sampler, schedule):
    velocity = velocity_of(GaussianFlow(0.3, DEVIATIONS))
    got = solve(sampler, SCHEDULES[schedule], POINTS, velocity)
    expected = SOLVERS[sampler](velocity, SCHEDULES[schedule], POINTS)
    # Stock Euler and only it has float32 step sizes, whose differences round.
    assert got == pytest.approx(expected, rel=2e-7 if sampler == "euler" else 1e-10, abs=1e-10)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("sampler", STOCHASTIC_SOLVERS)
def test_a_stochastic_sampler_takes_them_with_the_cells_noise(sampler, schedule):
    velocity = velocity_of(GaussianFlow(0.3, DEVIATIONS))
    generator = solver_noise(SEED)

    def noise() -> np.ndarray:
        drawn: Any = torch.randn(POINTS.shape, generator=generator, dtype=torch.float64)
        return drawn.numpy()

    got = solve(sampler, SCHEDULES[schedule], POINTS, velocity, SEED)
    expected = STOCHASTIC_SOLVERS[sampler](velocity, SCHEDULES[schedule], POINTS, noise)
    assert got == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("sigma", [1.0, 0.8])
@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_one_step_is_the_prediction_of_the_clean_point(sampler, sigma):
    flow = GaussianFlow(0.3, DEVIATIONS)
    clean = POINTS - sigma * flow.velocity(POINTS, float(np.float32(sigma)))
    assert solve(sampler, [sigma], POINTS, flow.velocity) == pytest.approx(clean, abs=1e-7)


@pytest.mark.parametrize("shift", [1, 17])
@pytest.mark.parametrize("sampler", ["dpm++2m", "deis", "deis3"])
def test_up_to_three_steps_from_noise_are_eulers(sampler, shift):
    """A first-order step of either is Euler's here, and σ = 1 is no point to look back to."""
    velocity = velocity_of(GaussianFlow(0.3, DEVIATIONS))
    for steps in (1, 2, 3):
        sigmas = flow_shift(shift, steps)
        eulers = papers.euler(velocity, sigmas, POINTS)
        assert solve(sampler, sigmas, POINTS, velocity) == pytest.approx(eulers, rel=1e-10)
    sigmas = flow_shift(shift, 4)
    eulers = papers.euler(velocity, sigmas, POINTS)
    assert abs(solve(sampler, sigmas, POINTS, velocity) - eulers).max() > 1e-3
