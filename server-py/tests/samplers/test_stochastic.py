"""Noise comes from the cell's seed alone, and what it makes has the law that theory gives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from conftest import flow_shift, make_cell
from gaussian_flow import GaussianFlow, solve
from linear_response import law_of_the_end

from l1probe.samplers import make_scheduler
from l1probe.samplers.noise import solver_noise
from l1probe.v1 import probe_pb2 as pb

STOCHASTIC = ("euler-stochastic", "dpm++sde")


def end_of_one_run(scheduler) -> torch.Tensor:
    scheduler.set_timesteps()
    x = torch.full((1, 2, 8), 0.5)
    for t in scheduler.timesteps:
        x = scheduler.step(0.3 * x, t, x, return_dict=False)[0]
    return x


@pytest.mark.parametrize("sampler", STOCHASTIC)
def test_one_seed_is_one_result_and_another_seed_another(sampler):
    ends = [
        end_of_one_run(make_scheduler(sampler, flow_shift(7, 5), seed))
        for seed in (3, 3, 4, 3 + 2**32)
    ]
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])
    assert not torch.equal(ends[0], ends[3])


@pytest.mark.parametrize("sampler", STOCHASTIC)
def test_a_scheduler_that_is_set_up_again_begins_its_noise_again(sampler):
    scheduler = make_scheduler(sampler, flow_shift(7, 5), 3)
    assert torch.equal(end_of_one_run(scheduler), end_of_one_run(scheduler))


@pytest.mark.parametrize("sampler", STOCHASTIC)
def test_a_generator_that_a_pipeline_passes_changes_nothing(sampler):
    ends = []
    for generator in (None, torch.Generator().manual_seed(9)):
        scheduler = make_scheduler(sampler, [0.9, 0.5], 3)
        scheduler.set_timesteps()
        x = torch.zeros(1, 2, 8)
        ends.append(scheduler.step(x, scheduler.timesteps[0], x, generator=generator)[0])
    assert torch.equal(*ends)


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_solver_noise_is_not_the_initial_noise(seed):
    initial = torch.randn(256, generator=torch.Generator("cpu").manual_seed(seed))
    drawn = torch.randn(256, generator=solver_noise(seed))
    # Five standard errors of the correlation of independent draws.
    assert abs(torch.corrcoef(torch.stack([initial, drawn]))[0, 1]) < 5 / 16


def test_the_noise_of_a_seed_stays_what_it_is():
    # Records name a seed, so what it means may not change. From torch 2.9 on the CPU.
    drawn = torch.randn(3, generator=solver_noise(0), dtype=torch.float64)
    expected = [-0.5781680825928478, 0.03236209486457199, -0.9408439018033644]
    assert drawn.tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sampler", STOCHASTIC)
def test_a_run_does_not_depend_on_the_global_generator(bench, sampler):
    cell = make_cell(flow_shift(7, 2), sampler=sampler, height=16, width=16, true_cfg_scale=1.0)
    ends = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        ends.append(bench.run(cell, (pb.ARTIFACT_KIND_LATENTS,)).tensors["latents"])
    assert torch.equal(*ends)


def deviation_under_stochastic_euler(sigmas: list[float], deviation: float) -> float:
    """By hand: x̂₀ has slope g(σ) = (1−σ)s²/V(σ) in x, and var x′ = (1−σ′)²g² var x + σ′²."""
    bounds = np.append(np.array(sigmas, dtype=np.float32).astype(float), 0)
    variance = 1.0
    for s, t in pairwise(bounds):
        slope = (1 - s) * deviation**2 / ((1 - s) ** 2 * deviation**2 + s**2)
        variance = (1 - t) ** 2 * slope**2 * variance + t**2
    return float(np.sqrt(variance))


@pytest.mark.parametrize("shift", [1, 7])
@pytest.mark.parametrize("deviation", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("steps", [1, 4, 60])
def test_stochastic_euler_ends_with_the_law_of_its_recursion(steps, deviation, shift):
    sigmas = flow_shift(shift, steps)
    mean, spread = law_of_the_end("euler-stochastic", sigmas, 0.3, deviation)
    assert mean == pytest.approx(0.3, abs=1e-12)
    assert spread == pytest.approx(deviation_under_stochastic_euler(sigmas, deviation), rel=1e-9)


@pytest.mark.parametrize("deviation", [0.5, 1.0, 2.0])
def test_stochastic_euler_ends_with_half_the_variance_however_many_steps(deviation):
    _, spread = law_of_the_end("euler-stochastic", flow_shift(1, 1000), 0.3, deviation)
    assert spread**2 == pytest.approx(deviation**2 / 2, rel=0.02)


@pytest.mark.parametrize("deviation", [0.5, 1.0, 2.0])
def test_the_sde_solver_ends_with_the_datas_law(deviation):
    mean, spread = law_of_the_end("dpm++sde", flow_shift(1, 400), 0.3, deviation)
    assert mean == pytest.approx(0.3, abs=1e-12)
    assert spread == pytest.approx(deviation, rel=1e-3)


@pytest.mark.parametrize("sampler", STOCHASTIC)
def test_drawn_samples_have_that_law(sampler):
    count, deviation = 40_000, 0.5
    sigmas = flow_shift(1, 30)
    flow = GaussianFlow(0.3, np.array(deviation))
    start = np.random.default_rng(0).standard_normal((1, 1, count))
    drawn = solve(sampler, sigmas, start, flow.velocity, seed=1)
    mean, spread = law_of_the_end(sampler, sigmas, 0.3, deviation)
    # Five standard errors.
    assert drawn.mean() == pytest.approx(mean, abs=5 * spread / np.sqrt(count))
    assert drawn.var() == pytest.approx(spread**2, abs=5 * spread**2 * np.sqrt(2 / count))


@pytest.mark.parametrize("sampler", STOCHASTIC)
def test_the_first_step_from_noise_forgets_the_initial_noise(sampler):
    flow = GaussianFlow(0.3, np.array(0.5))
    starts = np.array([[[-2.0]], [[2.0]]])
    ends = [solve(sampler, flow_shift(7, 6), start, flow.velocity) for start in starts]
    # At σ = 1 the exact prediction of the clean point is the mean, wherever x is.
    assert ends[0] == pytest.approx(ends[1], abs=1e-12)
