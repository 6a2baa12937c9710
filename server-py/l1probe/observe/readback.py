"""Small results from the device to the host without stalling either."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch
from jaxtyping import Float
from torch import Tensor


class Readback:
    """Delivers device tensors to callbacks, in order, on its own thread.

    The thread that runs the pipeline only queues a copy and goes on; the delivering thread
    waits for that copy alone.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readback")

    def deliver(
        self, values: Float[Tensor, ...], callback: Callable[[Float[Tensor, ...]], None]
    ) -> Future[None]:
        """Calls `callback` with `values` on the host once they have arrived there.

        Returns:
            Done when the callback returned; carries what it raised.
        """
        wait, host = _start_copy(values)

        def finish() -> None:
            wait()
            callback(host)

        return self._thread.submit(finish)

    def mark(self, device: torch.device, callback: Callable[[float], None]) -> None:
        """Calls `callback` with the time at which the device finishes all that is queued now."""
        if device.type != "cuda":
            callback(time.perf_counter())
            return
        reached = torch.cuda.Event()
        reached.record(torch.cuda.current_stream(device))

        def finish() -> None:
            reached.synchronize()
            callback(time.perf_counter())

        self._thread.submit(finish)

    def close(self) -> None:
        """Ends the thread once everything queued was delivered."""
        self._thread.shutdown(wait=True)


def _start_copy(values: Tensor) -> tuple[Callable[[], None], Tensor]:
    if values.device.type != "cuda":
        return (lambda: None), values.to("cpu")
    host = torch.empty(values.shape, dtype=values.dtype, device="cpu", pin_memory=True)
    host.copy_(values, non_blocking=True)
    copied = torch.cuda.Event()
    copied.record(torch.cuda.current_stream(values.device))
    return copied.synchronize, host
