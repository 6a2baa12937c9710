"""Runs on their way through the engine, and the queue of those that wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import uuid4

from l1probe.v1 import probe_pb2 as pb

#: Takes a run's events, from any thread.
Emit = Callable[[pb.RunResponse], None]


@dataclass(eq=False)
class Run:
    """One cell on its way through the engine."""

    request: pb.RunRequest
    emit: Emit
    run_id: str = field(default_factory=lambda: uuid4().hex)
    cancelled: threading.Event = field(default_factory=threading.Event)
    #: The reason why it failed, or None.
    ended: Future[str | None] = field(default_factory=Future)


class RunQueue:
    """First in, first out; runs may be put from any thread."""

    def __init__(self) -> None:
        self._runs: deque[Run] = deque()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def closed(self) -> bool:
        """Whether no more runs will come; some may be left."""
        return self._closed

    @property
    def ended(self) -> bool:
        """Whether no more runs will come and the queue is empty."""
        with self._changed:
            return self._closed and not self._runs

    def put(self, run: Run) -> None:
        """Adds a run at the end."""
        with self._changed:
            self._runs.append(run)
            self._changed.notify()

    def close(self) -> None:
        """Wakes a waiting :meth:`take`; no more runs will come."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self, wait: bool) -> Run | None:
        """The next run, or None if the queue is empty; with `wait`, only once it is closed too."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._runs or self._closed)
            return self._runs.popleft() if self._runs else None

    def take_cancelled(self) -> list[Run]:
        """Removes and returns the runs that were cancelled while they waited."""
        with self._changed:
            gone = [run for run in self._runs if run.cancelled.is_set()]
            for run in gone:
                self._runs.remove(run)
        return gone
