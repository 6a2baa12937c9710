"""Runs leave the queue in order, waiting threads wake up, and cancelled runs leave at once."""

from __future__ import annotations

import threading

import pytest

from l1probe.serving.run_queue import Run, RunQueue
from l1probe.v1 import probe_pb2 as pb


def a_run() -> Run:
    return Run(pb.RunRequest(), lambda event: None)


@pytest.fixture
def queue() -> RunQueue:
    return RunQueue()


def test_first_come_first_served(queue):
    runs = [a_run() for _ in range(3)]
    for run in runs:
        queue.put(run)
    assert [queue.take(wait=False) for _ in range(4)] == [*runs, None]


def test_cancelled_runs_leave_from_anywhere_and_the_rest_stay_in_order(queue):
    runs = [a_run() for _ in range(5)]
    for run in runs:
        queue.put(run)
    for k in (1, 4):
        runs[k].cancelled.set()
    assert queue.take_cancelled() == [runs[1], runs[4]]
    assert queue.take_cancelled() == []
    assert [queue.take(wait=False) for _ in range(3)] == [runs[0], runs[2], runs[3]]


@pytest.mark.parametrize("ending", ["put", "close"])
def test_a_waiting_thread_wakes_up_when_a_run_comes_or_the_queue_closes(queue, ending):
    taken, run = [], a_run()
    thread = threading.Thread(target=lambda: taken.append(queue.take(wait=True)))
    thread.start()
    assert taken == []
    if ending == "put":
        queue.put(run)
    else:
        queue.close()
    thread.join(10)
    assert taken == [run if ending == "put" else None]


def test_a_closed_queue_gives_what_is_left_and_then_ends(queue):
    run = a_run()
    queue.put(run)
    assert (queue.closed, queue.ended) == (False, False)
    queue.close()
    assert (queue.closed, queue.ended) == (True, False)
    assert queue.take(wait=True) is run
    assert queue.ended
    assert queue.take(wait=True) is None
