"""How long forwards took, by shape and batch size, measured without waiting for the device."""

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

#: The median is taken over this many latest forwards of one shape and batch size.
WINDOW = 64


@dataclass(frozen=True, slots=True)
class Measured:
    """Forward times of one shape and batch size.

    Attributes:
        batch_size: samples in the forward; batched CFG counts two per cell.
        forwards: how many were measured.
        seconds: median over the latest of them, from the end of one to the end of the next.
        peak_memory_bytes: of the device's allocator; 0 if unknown.
    """

    height: int
    width: int
    frames: int
    batch_size: int
    forwards: int
    seconds: float
    peak_memory_bytes: int


@dataclass
class _Taken:
    forwards: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    peak: int = 0


class ForwardTimes:
    """Median time from the end of one forward to the end of the next."""

    def __init__(self, readback: Readback, device: torch.device) -> None:
        self._readback = readback
        self._device = device
        self._taken: defaultdict[tuple[int, int, int, int], _Taken] = defaultdict(_Taken)
        self._lock = threading.Lock()
        self._began = self._ended = 0.0

    def idle(self) -> None:
        """The device is idle; the wait that follows counts for no forward."""
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
        """Forgets all measurements, for example those of a warm-up."""
        with self._lock:
            self._taken.clear()

    def measured(self) -> list[Measured]:
        """One entry per shape and batch size, smallest first."""
        with self._lock:
            return [
                Measured(
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
