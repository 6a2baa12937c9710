"""(c) This server at full concurrency, with and without statistics."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from bench.work import PROMPT, Work
from l1probe.serving.process import started_server
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc


@contextmanager
def server(work: Work, flags: Sequence[str]) -> Iterator[rpc.ProbeServiceStub]:
    """A server process of the work's model, on a free port, until the block ends."""
    flags = ["--model", work.model, "--device", work.device, *flags]
    with started_server(flags) as address, grpc.insecure_channel(address) as channel:
        yield rpc.ProbeServiceStub(channel)


def sweep(
    stub: Any, work: Work, seed: int, statistics: bool = True, stock_state: bool = False
) -> dict[str, Any]:
    """Runs all cells of a work concurrently; seconds from the first request to the last event.

    Args:
        stub: of the server.
        work: what to sample.
        seed: a new one, so that no first step is shared with an earlier sweep.
        statistics: whether steps carry sums.
        stock_state: whether the solver's state keeps the pipeline's own dtypes.
    """
    concurrency = stub.Describe(pb.DescribeRequest()).max_batch
    cells = [_cell(work, sigmas, seed, stock_state) for sigmas in work.schedules()]
    requests = [pb.RunRequest(cell=cell, without_statistics=not statistics) for cell in cells]
    began = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        events = list(pool.map(lambda request: list(stub.Run(request)), requests))
    seconds = time.perf_counter() - began
    for run in events:
        if run[-1].WhichOneof("event") != "finished":
            raise RuntimeError(f"a cell did not finish: {run[-1].failed.message}")
    steps = [event.step for run in events for event in run if event.WhichOneof("event") == "step"]
    sizes = sorted({step.batch_size for step in steps})
    # Time between two steps of a cell, in full batches only.
    full = [one.seconds for one in steps if one.step and one.batch_size == sizes[-1]]
    return {
        "seconds": seconds,
        "step_seconds": median(full),
        "sums": _sizes(steps[-1]) if statistics else None,
        "shared_steps": sum(step.shared for step in steps),
        "batch_sizes": {size: sum(step.batch_size == size for step in steps) for size in sizes},
        "non_finite": sum(signal.whole.non_finite for step in steps for signal in step.signals),
        "peak_memory_bytes": max(run[-1].finished.peak_memory_bytes for run in events),
        "curves": [_curve(run) for run in events],
    }


def described(stub: Any) -> dict[str, Any]:
    """The server's provenance."""
    return MessageToDict(stub.Describe(pb.DescribeRequest()).provenance)


def measured(stub: Any) -> list[dict[str, Any]]:
    """The server's own forward times."""
    found = stub.Describe(pb.DescribeRequest()).measured
    return [MessageToDict(one, preserving_proto_field_name=True) for one in found]


def _cell(work: Work, sigmas: Sequence[float], seed: int, stock_state: bool) -> pb.Cell:
    return pb.Cell(
        prompt=PROMPT,
        negative_prompt="" if work.true_cfg_scale > 1 else None,
        sigmas=sigmas,
        sampler="euler",
        solver_state=pb.SOLVER_STATE_STOCK if stock_state else pb.SOLVER_STATE_FLOAT32,
        height=work.height,
        width=work.width,
        frames=work.frames,
        seed=seed,
        guidance_scale=work.guidance_scale,
        true_cfg_scale=work.true_cfg_scale,
    )


def _sizes(step: pb.Step) -> dict[str, int]:
    """How much the sums of a step that follows another are made of."""
    whole = step.signals[0]
    frames = len(whole.frames)
    return {
        "frames": frames,
        "elements": whole.whole.count // frames,
        "signals": len(step.signals),
        "pairs": len(step.differences),
    }


def _curve(run: Sequence[pb.RunResponse]) -> list[float]:
    """rel-L1 of the conditional prediction, step by step."""
    return [
        difference.whole.sum_abs_difference / difference.whole.sum_abs_reference
        for event in run
        if event.WhichOneof("event") == "step"
        for difference in event.step.differences
        if difference.difference == pb.DIFFERENCE_COND
    ]
