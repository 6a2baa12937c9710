"""Every sampler on a GPU: finite from σ = 1 to 0, and the curves of a CPU. Skipped without one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from conftest import Bench, flow_shift, make_cell, ratio

from l1probe.families.family import FLOW_SAMPLERS
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def bfloat16_gpu_bench() -> Iterator[Bench]:
    bench = Bench(parse_settings(["--device", "cuda", "--compile", "off"]))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def float32_gpu_bench() -> Iterator[Bench]:
    bench = Bench(parse_settings(["--device", "cuda", "--dtype", "float32", "--compile", "off"]))
    yield bench
    bench.close()


@pytest.mark.parametrize("state", [pb.SOLVER_STATE_FLOAT32, pb.SOLVER_STATE_STOCK])
@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_every_row_is_finite_in_both_solver_states(bfloat16_gpu_bench, sampler, state):
    for steps, shift in ((1, 7), (2, 1), (3, 17), (10, 7), (20, 17)):
        cell = make_cell(flow_shift(shift, steps), sampler=sampler, solver_state=state)
        result = bfloat16_gpu_bench.run(cell)
        assert result.finished.seconds > 0
        assert not any(s.whole.non_finite for step in result.steps for s in step.signals)


@pytest.mark.parametrize("sampler", FLOW_SAMPLERS)
def test_a_gpu_streams_the_curves_of_a_cpu_noise_included(bench, float32_gpu_bench, sampler):
    cell = make_cell(flow_shift(7, 6), frames=5, sampler=sampler)
    on_cpu, on_gpu = bench.run(cell), float32_gpu_bench.run(cell)
    assert list(on_gpu.started.sigmas) == list(on_cpu.started.sigmas)
    for difference in (pb.DIFFERENCE_LATENT, pb.DIFFERENCE_COND, pb.DIFFERENCE_CFG):
        first = 0 if difference == pb.DIFFERENCE_LATENT else 1
        curves = [[ratio(s, difference) for s in run.steps[first:]] for run in (on_cpu, on_gpu)]
        assert curves[0] == pytest.approx(curves[1], rel=2e-2, abs=1e-4)
