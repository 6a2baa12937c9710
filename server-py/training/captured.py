"""CUDA graphs: many small kernels, launched once.

The transformer's step is thousands of tiny kernels; replayed from a graph it takes a fraction
of the time Python needs to launch them.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Step = Callable[[], Tensor]


def captured(steps: list[Step], device: torch.device) -> list[Step]:
    """The same steps, each as one graph on a CUDA device; unchanged elsewhere.

    The steps must read their inputs from fixed tensors and be harmless to run twice for a
    warm-up (a learning rate of 0). A replay returns the same tensor every time, overwritten.
    """
    if device.type != "cuda":
        return steps
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for step in steps:
            step()
            step()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()

    replays: list[Step] = []
    pool = None
    for step in steps:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            result = step()
        pool = pool or graph.pool()  # the graphs never run at once, so they share memory
        replays.append(_replay(graph, result))
    return replays


def _replay(graph: torch.cuda.CUDAGraph, result: Tensor) -> Step:
    def step() -> Tensor:
        graph.replay()
        return result

    return step
