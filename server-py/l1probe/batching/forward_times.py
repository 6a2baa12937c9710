"""How long forwards took, by shape and rows, measured without waiting for the device."""

from __future__ import annotations

import statistics
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from l1probe.observe.readback import Readback
from l1probe.v1 import probe_pb2 as pb

#: Latest forwards of one shape and batch over which the median is taken.
WINDOW = 64


@dataclass
class _Taken:
    forwards: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    peak: int = 0


class Meter:
    """Medians of the time from one forward's end to the next one's."""

    def __init__(self, readback: Readback, device: torch.device) -> None:
        self._readback = readback
        self._device = device
        self._taken: defaultdict[tuple[int, int, int, int], _Taken] = defaultdict(_Taken)
        self._lock = threading.Lock()
        self._began = self._ended = 0.0

    def idle(self) -> None:
        """The device has nothing to do; the wait that follows is nobody's."""
        self._began = 0.0

    @contextmanager
    def measure(self, size: tuple[int, int, int], rows: int) -> Iterator[None]:
        """Around one forward of a cell of (height, width, frames)."""
        began = time.perf_counter() if self._began == 0 else self._began
        yield
        self._began = began

        def ended(now: float) -> None:
            with self._lock:
                taken = self._taken[(*size, rows)]
                taken.forwards += 1
                taken.seconds.append(now - max(began, self._ended))
                if self._device.type == "cuda":
                    taken.peak = max(taken.peak, torch.cuda.max_memory_allocated(self._device))
                self._ended = now

        self._readback.mark(self._device, ended)

    def clear(self) -> None:
        """Forgets everything, for example what a warm-up took."""
        with self._lock:
            self._taken.clear()

    def measured(self) -> list[pb.Measured]:
        """One message for each shape and rows, smallest first."""
        with self._lock:
            return [
                pb.Measured(
                    height=height,
                    width=width,
                    frames=frames,
                    batch_size=rows,
                    forwards=taken.forwards,
                    seconds=statistics.median(taken.seconds),
                    peak_memory_bytes=taken.peak,
                )
                for (height, width, frames, rows), taken in sorted(self._taken.items())
            ]
