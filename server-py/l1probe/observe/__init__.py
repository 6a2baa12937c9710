"""Hooks on a stock pipeline, and what they measure. Importing it imports no torch."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal

from l1probe.observe.trace import Trace


def observe(
    pipeline: Any,
    *,
    sigmas: Iterable[float] | None = None,
    sampler: str | None = None,
    solver_state: Literal["stock", "float32"] = "stock",
) -> AbstractContextManager[Trace]:
    """Measures every step of a stock diffusers pipeline inside a `with` block.

    ```python
    with l1probe.observe(pipe) as trace:
        pipe("a red circle moving right on a blue background", num_inference_steps=20)
    trace.to_dataframe()
    ```

    In `stock` state the clip is bit-identical to the one without observation. When the block ends,
    also by an exception, the pipeline is as it was before, and the trace has the steps that ran.
    Several calls in one block are several runs of the trace. One call makes one clip.

    Args:
        pipeline: of a class that a family of :mod:`l1probe.families` runs.
        sigmas: a schedule to run verbatim in place of the pipeline's own: strictly decreasing in
            (0, 1], terminal 0 left out. The scheduler's arrays are verified against float32(sigmas)
            bit for bit. Leave `num_inference_steps` out of the call.
        sampler: that runs `sigmas`, one of the family's; by default its first, `euler` or `ddim`.
        solver_state: `float32` upcasts the model's output before guidance and step, as the server
            does by default; `stock` leaves the pipeline's dtypes.

    Raises:
        UnsupportedPipeline: no family runs this pipeline (a LookupError).
        RuntimeError: the pipeline, or another one that shares a part with it, is observed already.
        ValueError: sigmas, sampler or solver_state cannot be run, or a call makes several clips.
        SigmasNotVerbatim: the scheduler ran sigmas other than those given.
    """
    from l1probe.observe.session import observed

    return observed(pipeline, sigmas, sampler, solver_state)


__all__ = ["observe"]
