"""The noise of stochastic samplers: a separate stream, seeded by the cell."""

from __future__ import annotations

import hashlib
from typing import Any

import torch

from l1probe.samplers.verbatim import Verbatim


def solver_noise(seed: int) -> torch.Generator:
    """A fresh stream of the cell's solver noise; the initial noise comes from `seed` itself.

    The stream is seeded with the first 8 bytes, big-endian, of SHA-256 of
    "l1probe solver noise SEED", so that it repeats neither the initial noise of this seed nor
    that of a neighbour. PyTorch's CPU generator takes the low 32 bits of them. It is on the CPU,
    so that one seed is the same noise on every device.
    """
    digest = hashlib.sha256(f"l1probe solver noise {seed}".encode()).digest()
    return torch.Generator("cpu").manual_seed(int.from_bytes(digest[:8], "big"))


class SeededNoise(Verbatim):
    """A stochastic scheduler whose noise depends on the cell's seed and on nothing else.

    Pipelines pass no generator to `step`, and the stock schedulers then draw from PyTorch's
    global one, which every cell of the process shares.
    """

    def begin_anew(self) -> None:
        self._noise = solver_noise(self._seed)

    def step(self, *args: Any, **kwargs: Any) -> Any:
        stock: Any = super()
        # Whatever generator a pipeline passes, this stream is the documented one.
        return stock.step(*args, **{**kwargs, "generator": self._noise})
