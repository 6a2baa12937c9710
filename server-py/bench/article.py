"""(a) The script of docs/article.md: its offloading, its callback, its decoding.

On a CPU nothing can be offloaded, so the two offloading calls are left out.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch

from bench.pipeline import load, sample, synchronized
from bench.work import Work, parse_works

#: The tensors that the article's edited pipeline passes to its callback.
HANDED = ["latents", "latent_model_input"]


def measure(work: Work) -> dict[str, Any]:
    """Seconds per cell, after a first cell as warm-up."""
    pipeline, device, defaults = load(work)
    # The article edited the pipeline to pass these to its callback.
    type(pipeline)._callback_tensor_inputs = HANDED
    if device.type == "cuda":
        pipeline.to("cpu")
        pipeline.vae.enable_tiling()
        pipeline.enable_sequential_cpu_offload(device=device)
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.vae.enable_tiling()
    log: list[tuple[int, float, float]] = []

    def callback(pipe: Any, step: int, timestep: torch.Tensor, kwargs: dict[str, Any]) -> Any:
        before = kwargs["latent_model_input"].detach().clone()
        latent = kwargs["latents"].detach().clone()
        change = (latent - before).abs().mean() / before.abs().mean()
        print(f"step {step}, timestep {timestep}, L1 = {change.item():.6f}", file=sys.stderr)
        log.append((step, timestep.item(), change.item()))
        return kwargs

    seconds = []
    for sigmas in work.schedules():
        began = synchronized(device)
        sample(
            pipeline,
            work,
            sigmas,
            defaults,
            output_type="pil",
            callback_on_step_end=callback,
            callback_on_step_end_tensor_inputs=HANDED,
        )
        seconds.append(synchronized(device) - began)
    return {"cell_seconds": seconds[1:]}


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    print(json.dumps([measure(work) for work in parse_works()]))
