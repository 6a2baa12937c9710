"""Streamed sums match the tensors, and each cell has the right signals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from conftest import SIGNAL_NAMES, flow_shift, make_cell

from l1probe.v1 import probe_pb2 as pb

TRACE = (pb.ARTIFACT_KIND_TRACE,)


@pytest.fixture(scope="module")
def traced(bench):
    return bench.run(make_cell(flow_shift(7, 6), frames=9), TRACE)


def signal(result, name: str, step: int) -> np.ndarray:
    """frames × elements, float64, from the saved tensor."""
    x = result.tensors[f"{name}.{step:04d}"].float().numpy().astype(np.float64)
    return np.moveaxis(x, 2, 0).reshape(x.shape[2], -1)


def test_every_streamed_sum_equals_a_float64_recomputation_of_the_saved_tensors(traced):
    checked = 0
    for step in traced.steps:
        for sums in step.signals:
            v = signal(traced, SIGNAL_NAMES[sums.signal], step.step)
            for part, got in [(v, sums.whole), *zip(v, sums.frames, strict=True)]:
                expected = {
                    "count": part.size,
                    "sum_abs": abs(part).sum(),
                    "sum_squares": (part**2).sum(),
                    "min": part.min(),
                    "max": part.max(),
                    "non_finite": 0,
                }
                for name, value in expected.items():
                    assert getattr(got, name) == pytest.approx(value, rel=1e-6), name
                    checked += 1
    assert checked == 6 * 5 * (1 + 3) * 6  # steps, signals, whole and frames, sums


def test_every_streamed_difference_equals_a_float64_recomputation(traced):
    names = {
        pb.DIFFERENCE_COND: "cond",
        pb.DIFFERENCE_UNCOND: "uncond",
        pb.DIFFERENCE_CFG: "cfg",
    }
    for step in traced.steps:
        expected_kinds = [pb.DIFFERENCE_LATENT, *(names if step.step else [])]
        assert [d.difference for d in step.differences] == expected_kinds
        for sums in step.differences:
            if sums.difference == pb.DIFFERENCE_LATENT:
                a, b = (signal(traced, name, step.step) for name in ("latent_out", "latent_in"))
            else:
                name = names[sums.difference]
                a, b = signal(traced, name, step.step), signal(traced, name, step.step - 1)
            frames = zip(a, b, sums.frames, strict=True)
            for x, y, got in [(a, b, sums.whole), *frames]:
                d = x - y
                scale = abs(x * y).sum()  # Σab cancels; its error is relative to this
                assert got.count == x.size
                assert got.sum_abs_difference == pytest.approx(abs(d).sum(), rel=1e-6)
                assert got.sum_squared_difference == pytest.approx((d**2).sum(), rel=1e-6)
                assert got.sum_product == pytest.approx((x * y).sum(), abs=1e-6 * scale)
                assert got.sum_abs_reference == pytest.approx(abs(y).sum(), rel=1e-6)


def test_euler_moves_the_latent_by_delta_sigma_times_the_guided_prediction(traced):
    for step in traced.steps:
        moved = signal(traced, "latent_out", step.step) - signal(traced, "latent_in", step.step)
        predicted = (step.sigma_next - step.sigma) * signal(traced, "cfg", step.step)
        assert abs(moved - predicted).max() < 2e-6


def test_latent_in_of_a_step_is_latent_out_of_the_one_before(traced):
    for step in range(1, 6):
        before = traced.tensors[f"latent_out.{step - 1:04d}"]
        assert torch.equal(traced.tensors[f"latent_in.{step:04d}"], before)


def test_cfg_is_uncond_plus_scale_times_the_difference(traced):
    for step in range(6):
        cond, uncond, cfg = (signal(traced, name, step) for name in ("cond", "uncond", "cfg"))
        np.testing.assert_allclose(cfg, uncond + 3 * (cond - uncond), rtol=0, atol=1e-5)


def test_started_says_what_runs(traced, bench):
    started = traced.started
    sent = np.array(flow_shift(7, 6), dtype=np.float32)
    assert np.array(started.sigmas, dtype=np.float32).tobytes() == sent.tobytes()
    assert list(started.timesteps) == (sent * np.float32(1000)).tolist()
    assert list(started.latent_shape) == [1, 16, 3, 8, 8]
    assert started.scheduler == "FlowMatchEulerDiscreteScheduler"
    assert started.provenance == bench.engine.provenance
    assert [s.timestep for s in traced.steps] == list(started.timesteps)
    ends = [*started.sigmas[1:], 0.0]
    assert [(s.sigma, s.sigma_next) for s in traced.steps] == list(
        zip(started.sigmas, ends, strict=True)
    )


def test_without_true_cfg_there_is_no_uncond_and_cfg_is_cond(bench):
    cell = make_cell(true_cfg_scale=1.0, negative_prompt=None, guidance_scale=6.0)
    result = bench.run(cell, TRACE)
    assert pb.SIGNAL_UNCOND not in result.started.signals
    assert not any(name.startswith("uncond") for name in result.tensors)
    for step in result.steps:
        sums = {s.signal: s.whole for s in step.signals}
        assert sums[pb.SIGNAL_CFG] == sums[pb.SIGNAL_COND]


def test_a_nan_in_the_model_is_streamed_and_counted_not_hidden(bench):
    head = bench.model.pipeline.transformer.proj_out
    before = head.bias.detach().clone()
    try:
        head.bias.data[0] = math.nan
        result = bench.run(make_cell(true_cfg_scale=1.0))
    finally:
        head.bias.data.copy_(before)
    cond = next(s.whole for s in result.steps[0].signals if s.signal == pb.SIGNAL_COND)
    assert 0 < cond.non_finite < cond.count
    assert math.isnan(cond.sum_abs)
    assert result.finished.seconds > 0


def test_the_same_cell_twice_streams_the_same_sums(bench):
    first, second = (bench.run(make_cell()) for _ in range(2))
    for a, b in zip(first.steps, second.steps, strict=True):
        assert (a.signals, a.differences) == (b.signals, b.differences)
