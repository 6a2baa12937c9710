"""Streams one cell from a server that it starts, and prints what it took, as JSON.

For hosts without node, and for models that need no download: the default is HunyuanVideo at
full size with random weights, whose timings are the real model's and whose curves mean nothing.

    python scripts/stream-cell.py --model random:hunyuan-video --steps 10 --true-cfg-scale 6
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "server-py"))

import grpc
from google.protobuf.json_format import MessageToDict

from l1probe.serving.process import ServerFailed, started_server
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="random:hunyuan-video", help="as the server takes it")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--shift", type=float, default=7.0)
    parser.add_argument("--height", type=int, default=320)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--frames", type=int, nargs="+", default=[1])
    parser.add_argument("--true-cfg-scale", type=float, nargs="+", default=[1.0])
    parser.add_argument("--guidance-scale", type=float, default=6.0)
    parser.add_argument("--solver-state", choices=("float32", "stock"), default="float32")
    parser.add_argument("--video", action="store_true")
    parser.add_argument("--repeat", type=int, default=2, help="the first run warms up")
    parser.add_argument("--journal", help="file for all events, one line of JSON per event")
    args, server_flags = parser.parse_known_args()
    try:
        report = stream(args, ["--model", args.model, *server_flags])
    except ServerFailed as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(report, indent=1))
    return 0


def stream(args: argparse.Namespace, flags: list[str]) -> dict[str, Any]:
    """Starts a server with `flags` and runs every cell on it."""
    began = time.perf_counter()
    with (
        started_server(flags) as address,
        grpc.insecure_channel(address) as channel,
        open(args.journal, "w", encoding="utf-8") if args.journal else nullcontext() as journal,
    ):
        report: dict[str, Any] = {"load_seconds": time.perf_counter() - began, "cells": []}
        stub = rpc.ProbeServiceStub(channel)
        described = stub.Describe(pb.DescribeRequest())
        report["provenance"] = MessageToDict(described.provenance)
        for frames in args.frames:
            for scale in args.true_cfg_scale:
                for number in range(args.repeat):
                    events = run(stub, args, frames, scale)
                    if journal:
                        for event in events:
                            journal.write(json.dumps(MessageToDict(event)) + "\n")
                    report["cells"].append(summary(events, frames, scale, number))
    return report


def run(stub: Any, args: argparse.Namespace, frames: int, scale: float) -> list[pb.RunResponse]:
    linear = [1 - i / args.steps for i in range(args.steps)]
    sigmas = [args.shift * t / (1 + (args.shift - 1) * t) for t in linear]
    cell = pb.Cell(
        cell_id="stream-cell",
        prompt="a photo of an astronaut riding a horse on Mars.",
        negative_prompt="",
        sigmas=sigmas,
        sampler="euler",
        solver_state=pb.SolverState.Value(f"SOLVER_STATE_{args.solver_state.upper()}"),
        height=args.height,
        width=args.width,
        frames=frames,
        seed=0,
        guidance_scale=args.guidance_scale,
        true_cfg_scale=scale,
    )
    keep = [pb.ARTIFACT_KIND_VIDEO] if args.video else []
    return list(stub.Run(pb.RunRequest(cell=cell, keep=keep)))


def summary(events: list[pb.RunResponse], frames: int, scale: float, number: int) -> dict[str, Any]:
    steps = [e.step for e in events if e.WhichOneof("event") == "step"]
    last = events[-1]
    found: dict[str, Any] = {"frames": frames, "true_cfg_scale": scale, "run": number}
    if last.WhichOneof("event") == "failed":
        return {**found, "failed": last.failed.message}
    seconds = sorted(s.seconds for s in steps[1:])
    non_finite = sum(x.whole.non_finite for s in steps for x in s.signals)
    return {
        **found,
        "seconds": round(last.finished.seconds, 3),
        "median_step_milliseconds": round(1000 * seconds[len(seconds) // 2], 2),
        "peak_memory_gib": round(last.finished.peak_memory_bytes / 2**30, 2),
        "non_finite": non_finite,
        "cond_rel_l1": [
            round(d.whole.sum_abs_difference / d.whole.sum_abs_reference, 5)
            for s in steps
            for d in s.differences
            if d.difference == pb.DIFFERENCE_COND
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
