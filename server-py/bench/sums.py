"""What the statistics of one step cost by themselves, on tensors of a cell's size."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import torch

from bench.pipeline import synchronized
from l1probe.batching.compilation import compile_reducers
from l1probe.observe.statistics import EAGER, Reducers, step_sums
from l1probe.serving.loading import pick_device

#: Steps timed together, few enough for a GPU's launch queue, and repetitions; the minimum counts.
STEPS, TIMES = 50, 5
#: Matrix products, and their side, that keep the device busy while the steps are being queued.
AHEAD, SIDE = 100, 8192


def seconds_per_step(
    device: torch.device, reducers: Reducers, frames: int, elements: int, signals: int, pairs: int
) -> float:
    """Seconds for the sums of one cell's step; on a GPU the device's time, without launches.

    Args:
        device: where the latents lie.
        reducers: as the server's.
        frames: of the latent.
        elements: of one latent frame.
        signals: of a step.
        pairs: of a step.
    """
    tensors = [torch.randn(frames, elements, device=device) for _ in range(signals)]
    head = torch.zeros((), device=device)
    later, reference = tensors[:pairs], tensors[1:] + tensors[:1]

    def queue() -> None:
        for _ in range(STEPS):
            step_sums(head, tensors, later, reference[:pairs], reducers)

    queue()
    seconds = _device_seconds if device.type == "cuda" else _host_seconds
    return min(seconds(device, queue) for _ in range(TIMES)) / STEPS


def _host_seconds(device: torch.device, queue: Callable[[], None]) -> float:
    began = synchronized(device)
    queue()
    return synchronized(device) - began


def _device_seconds(device: torch.device, queue: Callable[[], None]) -> float:
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    busy = torch.randn(SIDE, SIDE, device=device, dtype=torch.bfloat16)
    for _ in range(AHEAD):
        torch.matmul(busy, busy)
    began.record()
    queue()
    if began.query():
        raise RuntimeError("the device ran idle before the steps were queued; raise AHEAD")
    ended.record()
    ended.synchronize()
    return began.elapsed_time(ended) / 1e3


def main() -> None:
    torch.set_grad_enabled(False)
    request = json.loads(sys.argv[1])
    device = pick_device(request["device"])
    reducers = compile_reducers() if request["compiled"] else EAGER
    print(json.dumps(seconds_per_step(device, reducers, **request["size"])))


if __name__ == "__main__":
    main()
