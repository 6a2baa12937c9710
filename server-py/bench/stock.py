"""(b) The stock pipeline, resident on the device, without a callback; and the floor below it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.pipeline import load, sample, synchronized
from bench.work import PROMPT, Work, parse_works

#: Number of cells whose curves are compared with the server's.
COMPARED = 3

#: Side of the square matrices whose product measures the device's rate.
MATRIX = {"cuda": 8192, "cpu": 1024}


def rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a large matrix product, the best of five batches."""
    side = MATRIX.get(device.type, 4096)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    best = 0.0
    for _ in range(5):
        began = synchronized(device)
        for _ in range(10):
            torch.matmul(a, b)
        best = max(best, 10 * 2 * side**3 / (synchronized(device) - began))
    return best


def operations(pipeline: Any, work: Work, defaults: dict[str, Any]) -> float:
    """Floating-point operations of one forward of one sample, as the loop calls it."""
    counted: list[float] = []

    def count(module: Any, args: Any, kwargs: Any) -> None:
        if counted:
            return
        counted.append(0.0)
        with FlopCounterMode(display=False) as counter:
            module(*args, **kwargs)
        counted[0] = float(counter.get_total_flops())

    hook = pipeline.transformer.register_forward_pre_hook(count, with_kwargs=True)
    sample(pipeline, work, [1.0], defaults)
    hook.remove()
    return counted[0]


def curve(pipeline: Any, work: Work, sigmas: list[float], defaults: dict[str, Any], rows: int):
    """rel-L1 of the first sample's conditional prediction, alone or batched with others."""
    predictions: list[torch.Tensor] = []

    def note(module: Any, args: Any, output: Any) -> None:
        predictions.append(output[0][:1].double())

    hook = pipeline.transformer.register_forward_hook(note)
    generators = [torch.Generator("cpu").manual_seed(row) for row in range(rows)]
    negative = work.call()["negative_prompt"]
    changes = {
        "prompt": [PROMPT] * rows,
        "negative_prompt": None if negative is None else [negative] * rows,
        "generator": generators,
    }
    sample(pipeline, work, sigmas, defaults, **changes)
    hook.remove()
    cond = predictions[:: 2 if work.true_cfg_scale > 1 else 1]
    return [
        float((now - before).abs().sum() / before.abs().sum()) for before, now in pairwise(cond)
    ]


def measure(pipeline: Any, device: torch.device, defaults: dict[str, Any], work: Work) -> Any:
    """Seconds per cell, one at a time, after a warm-up cell."""
    sample(pipeline, work, work.schedules()[0], defaults)
    seconds = []
    for sigmas in work.schedules():
        began = synchronized(device)
        sample(pipeline, work, sigmas, defaults)
        seconds.append(synchronized(device) - began)
    compared = work.schedules()[:COMPARED]
    return {
        "cell_seconds": seconds,
        "steps": [len(sigmas) for sigmas in work.schedules()],
        "curves_alone": [curve(pipeline, work, s, defaults, 1) for s in compared],
        "curves_beside_another": [curve(pipeline, work, s, defaults, 2) for s in compared],
        "operations": operations(pipeline, work, defaults),
        "rate": rate(device, pipeline.transformer.dtype),
    }


def main() -> None:
    torch.set_grad_enabled(False)
    works = parse_works()
    pipeline, device, defaults = load(works[0])
    pipeline.to(device)
    print(json.dumps([measure(pipeline, device, defaults, work) for work in works]))


if __name__ == "__main__":
    main()
