"""Every sampler on a real model: finite, verbatim, and with sums of what it did."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import SIGNAL_NAMES, Result, flow_shift, make_cell

from l1probe.families.family import FLOW_SAMPLERS
from l1probe.serving.enums import Signal
from l1probe.serving.execution import trace_key
from l1probe.v1 import probe_pb2 as pb

FOLLOWED = {
    pb.DIFFERENCE_COND: pb.SIGNAL_COND,
    pb.DIFFERENCE_UNCOND: pb.SIGNAL_UNCOND,
    pb.DIFFERENCE_CFG: pb.SIGNAL_CFG,
}


def rows_of(sampler: str, sigmas: list[float]) -> list[tuple[int, int, float, float]]:
    """step, evaluation, sigma and sigma_next of every row that a sampler should stream."""
    bounds = [*np.array(sigmas, dtype=np.float32).tolist(), 0.0]
    rows = []
    for step in range(len(sigmas)):
        rows.append((step, 0, bounds[step], bounds[step + 1]))
        if sampler == "heun" and step < len(sigmas) - 1:
            rows.append((step, 1, bounds[step + 1], bounds[step + 1]))
    return rows


@pytest.mark.parametrize("shift", [1, 7, 17])
@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_from_noise_to_clean_every_row_is_finite_and_where_it_should_be(bench, sampler, shift):
    global_generator = torch.get_rng_state()
    for steps in (1, 2, 3, 10):
        sigmas = flow_shift(shift, steps)
        cell = make_cell(sigmas, sampler=sampler, height=16, width=16, true_cfg_scale=1.0)
        result = bench.run(cell)
        assert result.finished.seconds > 0
        rows = rows_of(sampler, sigmas)
        assert [(s.step, s.evaluation, s.sigma, s.sigma_next) for s in result.steps] == rows
        asked = [float(np.float32(sigma) * np.float32(1000)) for _, _, sigma, _ in rows]
        assert [s.timestep for s in result.steps] == asked == list(result.started.timesteps)
        assert list(result.started.sigmas) == np.array(sigmas, dtype=np.float32).tolist()
        assert not any(s.whole.non_finite for step in result.steps for s in step.signals)
    assert torch.equal(torch.get_rng_state(), global_generator)


@pytest.fixture(scope="module", params=FLOW_SAMPLERS)
def traced(request, bench) -> tuple[str, Result]:
    cell = make_cell(flow_shift(7, 4), sampler=request.param, height=16, width=32, frames=5)
    return request.param, bench.run(cell, (pb.ARTIFACT_KIND_TRACE,))


def signal(result: Result, kind: Signal, step: pb.Step) -> np.ndarray:
    """frames × elements, float64, from the saved tensor."""
    x = result.tensors[trace_key(SIGNAL_NAMES[kind], step.step, step.evaluation)].double().numpy()
    return np.moveaxis(x, 2, 0).reshape(x.shape[2], -1)


def test_every_sum_of_every_evaluation_equals_a_float64_recomputation(traced):
    _, result = traced
    assert len(result.tensors) == len(result.steps) * len(SIGNAL_NAMES)
    for step in result.steps:
        for sums in step.signals:
            v = signal(result, sums.signal, step)
            for part, got in [(v, sums.whole), *zip(v, sums.frames, strict=True)]:
                assert got.count == part.size
                assert got.sum_abs == pytest.approx(abs(part).sum(), rel=1e-6)
                assert got.sum_squares == pytest.approx((part**2).sum(), rel=1e-6)
                assert (got.min, got.max) == (part.min(), part.max())


def test_every_difference_is_against_the_evaluation_before(traced):
    _, result = traced
    for index, step in enumerate(result.steps):
        assert len(step.differences) == (4 if index else 1)
        for sums in step.differences:
            if sums.difference == pb.DIFFERENCE_LATENT:
                a = signal(result, pb.SIGNAL_LATENT_OUT, step)
                b = signal(result, pb.SIGNAL_LATENT_IN, step)
            else:
                kind = FOLLOWED[sums.difference]
                a, b = (signal(result, kind, s) for s in (step, result.steps[index - 1]))
            for x, y, got in [(a, b, sums.whole), *zip(a, b, sums.frames, strict=True)]:
                assert got.sum_abs_difference == pytest.approx(abs(x - y).sum(), rel=1e-6)
                assert got.sum_squared_difference == pytest.approx(((x - y) ** 2).sum(), rel=1e-6)
                assert got.sum_abs_reference == pytest.approx(abs(y).sum(), rel=1e-6)
                assert got.sum_product == pytest.approx((x * y).sum(), abs=1e-6 * abs(x * y).sum())


def test_latent_in_of_an_evaluation_is_latent_out_of_the_one_before(traced):
    _, result = traced
    for before, after in zip(result.steps, result.steps[1:], strict=False):
        out = result.tensors[trace_key("latent_out", before.step, before.evaluation)]
        assert torch.equal(
            result.tensors[trace_key("latent_in", after.step, after.evaluation)], out
        )


def test_only_euler_moves_every_latent_by_delta_sigma_times_the_prediction(traced):
    sampler, result = traced

    def departure(step: pb.Step) -> float:
        moved = signal(result, pb.SIGNAL_LATENT_OUT, step) - signal(
            result, pb.SIGNAL_LATENT_IN, step
        )
        predicted = (step.sigma_next - step.sigma) * signal(result, pb.SIGNAL_CFG, step)
        return float(abs(moved - predicted).max())

    departures = [departure(step) for step in result.steps]
    if sampler == "euler":
        assert max(departures) < 2e-6
    else:
        assert max(departures) > 1e-3


def test_the_last_step_of_every_sampler_ends_at_its_prediction_of_the_clean_latent(traced):
    """At 0 every solver here is x − σ·v, whose noise part, if any, has no weight left."""
    _, result = traced
    last = result.steps[-1]
    clean = signal(result, pb.SIGNAL_LATENT_IN, last) - last.sigma * signal(
        result, pb.SIGNAL_CFG, last
    )
    assert signal(result, pb.SIGNAL_LATENT_OUT, last) == pytest.approx(clean, abs=1e-5)


@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_both_solver_states_run_on_a_bfloat16_transformer(bfloat16_bench, sampler):
    for state in (pb.SOLVER_STATE_FLOAT32, pb.SOLVER_STATE_STOCK):
        cell = make_cell(
            flow_shift(7, 2),
            sampler=sampler,
            solver_state=state,
            height=16,
            width=16,
            true_cfg_scale=1.0,
        )
        result = bfloat16_bench.run(cell, (pb.ARTIFACT_KIND_LATENTS,))
        assert not any(s.whole.non_finite for step in result.steps for s in step.signals)
        rounds = sampler in ("euler", "euler-stochastic", "heun")
        stock = state == pb.SOLVER_STATE_STOCK
        expected = torch.bfloat16 if stock and rounds else torch.float32
        assert result.tensors["latents"].dtype == expected
        # A timestep in the dtype of the latents: 875 is 876 in bfloat16.
        second = result.steps[1].timestep
        assert second == (876.0 if stock and rounds else result.started.timesteps[1])


def test_a_cancelled_heun_counts_steps_not_evaluations(bench):
    def cancel(run, event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "step" and event.step.step == 2:
            run.cancelled.set()

    cell = make_cell(flow_shift(1, 30), sampler="heun", height=16, width=16)
    result = bench.run(cell, on_event=cancel)
    assert result.failed.reason == pb.FAILURE_REASON_CANCELLED
    assert result.failed.steps_done == result.steps[-1].step + 1
    assert len(result.steps) > result.failed.steps_done
