"""Sigmas that run equal float32(sigmas sent), and what would run others is refused."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch
from conftest import flow_shift, make_cell
from diffusers import FlowMatchEulerDiscreteScheduler
from hypothesis import given
from hypothesis import strategies as st

from l1probe.families.family import FLOW_SAMPLERS
from l1probe.observe.scheduler_hook import hook_scheduler
from l1probe.samplers import (
    SAMPLERS,
    SigmasNotVerbatim,
    make_scheduler,
    sigmas_float32,
    stock_name,
    what_runs,
)

sigma_arrays = (
    st.lists(st.floats(2**-20, 1.0, width=32), min_size=1, max_size=64, unique=True)
    .map(lambda values: sorted(values, reverse=True))
    .map(lambda values: [float(v) for v in values])
)


@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
@given(sigmas=sigma_arrays)
def test_what_was_sent_is_what_runs(sampler, sigmas):
    scheduler = make_scheduler(sampler, sigmas, 0)
    # Whatever a pipeline requests, in any of the ways that pipelines use.
    scheduler.set_timesteps(7, device="cpu", sigmas=[0.9, 0.1], mu=1.15)
    repeats = [1] + [2 if sampler == "heun" else 1] * (len(sigmas) - 1)
    bounds = np.repeat(np.array(sigmas, dtype=np.float32), repeats)
    # Wider sigmas hold the same numbers: nothing is rounded either way.
    ran = scheduler.sigmas.numpy()
    assert ran.astype(np.float32).tobytes() == np.append(bounds, np.float32(0)).tobytes()
    assert ran.astype(np.float32).astype(ran.dtype).tobytes() == ran.tobytes()
    assert scheduler.timesteps.dtype == torch.float32
    assert scheduler.timesteps.numpy().tobytes() == (bounds * np.float32(1000)).tobytes()


@pytest.mark.parametrize("shift", [1.0, 3.0, 7.0, 17.0])
@pytest.mark.parametrize("steps", [1, 5, 50])
def test_euler_steps_as_the_stock_scheduler_does(shift, steps):
    stock: Any = FlowMatchEulerDiscreteScheduler(shift=shift)
    stock.set_timesteps(sigmas=np.linspace(1, 0, steps + 1)[:-1])
    ours = make_scheduler("euler", stock.sigmas[:-1].tolist(), 0)
    ours.set_timesteps(steps)
    assert torch.equal(ours.timesteps, stock.timesteps)
    generator = torch.Generator().manual_seed(0)
    x = y = torch.randn(1, 16, 1, 8, 8, generator=generator)
    for t in stock.timesteps:
        v = torch.randn(x.shape, generator=generator)
        x, y = stock.step(v, t, x)[0], ours.step(v, t, y)[0]
    assert torch.equal(x, y)


def test_a_sigma_is_rounded_once():
    assert sigmas_float32([0.1]).item() == float(np.float32(0.1))


def test_the_record_names_diffusers_own_class():
    assert stock_name(make_scheduler("euler", [1.0], 0)) == "FlowMatchEulerDiscreteScheduler"


def test_a_scheduler_that_would_run_other_sigmas_is_refused(bench, monkeypatch):
    class Shifted(FlowMatchEulerDiscreteScheduler):
        """What a server would do that let a model's own shift through."""

        def set_timesteps(self, *args: Any, **kwargs: Any) -> None:
            super().set_timesteps(sigmas=flow_shift(1, 3))

    monkeypatch.setitem(SAMPLERS, "euler", lambda sigmas, seed, model: Shifted(shift=7.0))
    result = bench.run(make_cell(flow_shift(1, 3)))
    assert result.failed.reason == 2  # SIGMAS_NOT_VERBATIM
    assert result.failed.steps_done == 0
    assert not result.steps
    assert "not the 3 sigmas sent" in result.failed.message


SENT = [1.0, 0.75, 0.5, 0.25]


def moved_by_one_ulp(scheduler):
    scheduler.sigmas = scheduler.sigmas.clone()
    scheduler.sigmas[1:][scheduler.sigmas[1:] == 0.75] = float(np.nextafter(np.float32(0.75), 1))


def clamped_below_one(scheduler):
    # As UniPC does to its own grid, and by less than a float32 timestep shows.
    scheduler.sigmas = scheduler.sigmas.double()
    scheduler.sigmas[0] -= 1e-9


def without_the_end(scheduler):
    scheduler.sigmas = scheduler.sigmas[:-1]


def with_a_last_sigma_above_0(scheduler):
    scheduler.sigmas = torch.cat([scheduler.sigmas[:-1], scheduler.sigmas[-1:] + 1e-3])


def with_the_first_sigma_twice(scheduler):
    scheduler.sigmas = torch.cat([scheduler.sigmas[:1], scheduler.sigmas])


def with_truncated_timesteps(scheduler):
    scheduler.timesteps = (scheduler.timesteps * 0.999).to(torch.int64)


def with_rounded_timesteps(scheduler):
    scheduler.timesteps = scheduler.timesteps - 0.25


def with_float64_timesteps(scheduler):
    scheduler.timesteps = scheduler.timesteps.double()


@pytest.mark.parametrize(
    "spoil",
    [
        moved_by_one_ulp,
        clamped_below_one,
        without_the_end,
        with_a_last_sigma_above_0,
        with_the_first_sigma_twice,
        with_truncated_timesteps,
        with_rounded_timesteps,
        with_float64_timesteps,
    ],
)
@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_a_scheduler_whose_own_arrays_are_not_what_was_sent_is_refused(sampler, spoil):
    scheduler = make_scheduler(sampler, SENT, 0)
    scheduler.set_timesteps()
    what_runs(scheduler, sigmas_float32(SENT))
    spoil(scheduler)
    with pytest.raises(SigmasNotVerbatim):
        what_runs(scheduler, sigmas_float32(SENT))


@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_pipelines_find_the_parameters_that_they_look_for(sampler):
    scheduler = make_scheduler(sampler, SENT, 0)
    hook_scheduler(scheduler)
    parameters = set(inspect.signature(scheduler.set_timesteps).parameters)
    assert parameters >= {"num_inference_steps", "device", "sigmas", "mu", "timesteps"}


@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_a_second_run_of_a_scheduler_starts_over(sampler):
    scheduler = make_scheduler(sampler, SENT, 0)
    ends = []
    for _ in range(2):
        scheduler.set_timesteps()
        x = torch.linspace(-1, 1, 8).reshape(1, 2, 4)
        for t in scheduler.timesteps:
            x = scheduler.step(torch.sin(3 * x), t, x, return_dict=False)[0]
        ends.append(x)
    assert torch.equal(*ends)
