"""On a GPU: the same sums, without a stall. Skipped without a GPU."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from conftest import SIGNAL_NAMES, Bench, connected_server, flow_shift, make_cell, ratio

from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module", params=["none", "model", "group"])
def gpu_bench(request) -> Iterator[Bench]:
    bench = Bench(
        parse_settings(["--device", "cuda", "--offload", request.param, "--compile", "off"])
    )
    yield bench
    bench.close()


def test_every_streamed_sum_on_a_gpu_equals_a_float64_recomputation(gpu_bench):
    result = gpu_bench.run(make_cell(frames=9), (pb.ARTIFACT_KIND_TRACE,))
    assert result.started.provenance.model.transformer_dtype == "bfloat16"
    for step in result.steps:
        for sums in step.signals:
            tensor = result.tensors[f"{SIGNAL_NAMES[sums.signal]}.{step.step:04d}"]
            v = tensor.float().numpy().astype(np.float64)
            assert sums.whole.sum_abs == pytest.approx(abs(v).sum(), rel=1e-6)
            assert sums.whole.sum_squares == pytest.approx((v**2).sum(), rel=1e-6)


@pytest.fixture(scope="module")
def float32_gpu_bench() -> Iterator[Bench]:
    bench = Bench(parse_settings(["--device", "cuda", "--dtype", "float32", "--compile", "off"]))
    yield bench
    bench.close()


def test_a_float32_gpu_streams_the_curves_of_a_cpu(bench, float32_gpu_bench):
    cell = make_cell(flow_shift(7, 10), frames=9)
    on_cpu, on_gpu = bench.run(cell).steps, float32_gpu_bench.run(cell).steps
    for difference in (pb.DIFFERENCE_LATENT, pb.DIFFERENCE_COND, pb.DIFFERENCE_CFG):
        first = 0 if difference == pb.DIFFERENCE_LATENT else 1
        curves = [[ratio(s, difference) for s in run[first:]] for run in (on_cpu, on_gpu)]
        assert curves[0] == pytest.approx(curves[1], rel=5e-3)


def test_the_probe_does_not_wait_for_the_device_in_the_loop(gpu_bench):
    if gpu_bench.settings.offload != "none":
        pytest.skip("offloading itself waits for copies")

    def waits(steps: int) -> int:
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                gpu_bench.run(make_cell(flow_shift(7, steps)))
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return sum("l1probe" in warning.filename for warning in caught)

    waits(2)
    assert waits(4) == waits(16)


def test_a_compiled_model_on_a_gpu_streams_the_curves_of_the_uncompiled_one():
    # A model with one kind of block and one size, since each graph takes seconds to compile.
    flags = ["--model", "random:tiny-wan", "--device", "cuda", "--dtype", "float32"]
    cell = make_cell(guidance_scale=1.0)
    bench = Bench(parse_settings([*flags, "--compile", "off"]))
    plain = bench.run(cell).steps
    bench.close()
    # In its own process, as the compiler cannot trace functions whose types are checked.
    compiling = ["--compile", "dynamic", "--max-batch", "2", "--warm-up", "64x64x1"]
    with connected_server(*flags, *compiling) as server:
        assert server.stub.Describe(pb.DescribeRequest()).provenance.compiled
        events = list(server.stub.Run(pb.RunRequest(cell=cell)))
    compiled = [event.step for event in events if event.HasField("step")]
    curves = [[ratio(s, pb.DIFFERENCE_LATENT) for s in run] for run in (compiled, plain)]
    assert curves[0] == pytest.approx(curves[1], rel=5e-3)
