"""Times run from the end of one forward to the end of the next; idle time does not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from l1probe.batching import forward_times
from l1probe.batching.forward_times import WINDOW, ForwardTimes
from l1probe.observe.readback import Readback

SIZE = (64, 96, 9)


class Device(Readback):
    """A device that executes queued work on command."""

    def __init__(self) -> None:
        self.queued: list[Callable[[float], None]] = []

    def mark(self, device: torch.device, callback: Callable[[float], None]) -> None:
        self.queued.append(callback)

    def ends(self, now: float) -> None:
        self.queued.pop(0)(float(now))


class Bench:
    """Forward times on a host whose clock and a device whose ends are the test's."""

    def __init__(self) -> None:
        self.now = 0.0
        self.device = Device()
        self.times = ForwardTimes(self.device, torch.device("cpu"))

    def perf_counter(self) -> float:
        return self.now

    def forward(self, at: float, rows: int = 1, size: Any = SIZE) -> None:
        """Queued by the host at this time."""
        self.now = at
        with self.times.measure(size, rows):
            pass

    def seconds(self) -> list[float]:
        return [one.seconds for one in self.times.measured()]


@pytest.fixture
def bench(monkeypatch) -> Bench:
    bench = Bench()
    monkeypatch.setattr(forward_times, "time", bench)
    return bench


def test_a_first_forward_is_timed_from_start_to_end(bench):
    bench.forward(at=5)
    assert bench.times.measured() == []
    bench.device.ends(7)
    (one,) = bench.times.measured()
    assert (one.height, one.width, one.frames, one.batch_size) == (64, 96, 9, 1)
    assert (one.forwards, one.seconds, one.peak_memory_bytes) == (1, 2.0, 0)


def test_time_is_not_counted_twice_if_the_host_runs_ahead(bench):
    bench.forward(at=1, rows=1)
    bench.forward(at=2, rows=2)
    bench.forward(at=3, rows=4)
    for end in (5, 12, 14):
        bench.device.ends(end)
    assert bench.seconds() == [4, 7, 2]


def test_time_between_two_forwards_counts_for_the_second(bench):
    bench.forward(at=1, rows=1)
    bench.device.ends(2)
    bench.forward(at=6, rows=2)
    bench.device.ends(7)
    assert bench.seconds() == [1, 5]


def test_idle_time_does_not_count(bench):
    bench.forward(at=1, rows=1)
    bench.device.ends(2)
    bench.times.idle()
    bench.forward(at=100, rows=2)
    bench.device.ends(101)
    bench.forward(at=102, rows=3)
    bench.device.ends(103)
    assert bench.seconds() == [1, 1, 2]


def test_an_idle_host_does_not_shorten_the_device_time(bench):
    bench.forward(at=1, rows=1)
    bench.times.idle()
    bench.forward(at=2, rows=2)
    bench.device.ends(10)
    bench.device.ends(11)
    assert bench.seconds() == [9, 1]


@pytest.mark.parametrize(("ends", "median"), [((1, 4, 5), 1), ((1, 4), 2), ((1, 3, 13, 14), 1.5)])
def test_medians_by_hand(bench, ends, median):
    for end in ends:
        bench.forward(at=0)
        bench.device.ends(end)
    assert bench.seconds() == [median]
    assert bench.times.measured()[0].forwards == len(ends)


def test_the_median_covers_the_latest_forwards_but_all_are_counted(bench):
    end = 0.0
    for taken in [100.0] * WINDOW + [1.0] * WINDOW:
        bench.forward(at=end)
        end += taken
        bench.device.ends(end)
    (one,) = bench.times.measured()
    assert (one.seconds, one.forwards) == (1, 2 * WINDOW)


def test_shapes_and_batch_sizes_are_separate_smallest_first(bench):
    for rows, size in [(2, SIZE), (1, (64, 96, 1)), (1, SIZE), (2, SIZE)]:
        bench.forward(at=0, rows=rows, size=size)
        bench.device.ends(1)
    measured = [(one.frames, one.batch_size, one.forwards) for one in bench.times.measured()]
    assert measured == [(1, 1, 1), (9, 1, 1), (9, 2, 2)]


def test_a_forward_that_failed_was_none(bench):
    with pytest.raises(ValueError, match="no"), bench.times.measure(SIZE, 1):
        raise ValueError("no")
    assert bench.device.queued == []


def test_a_forward_that_ends_after_reset_does_not_count(bench):
    bench.forward(at=0)
    bench.device.ends(1)
    bench.times.clear()
    assert bench.times.measured() == []


def test_a_cpu_has_ended_a_forward_when_it_returns():
    readback = Readback()
    times = ForwardTimes(readback, torch.device("cpu"))
    with times.measure(SIZE, 3):
        assert times.measured() == []
    (one,) = times.measured()
    assert (one.batch_size, one.forwards) == (3, 1)
    readback.close()
