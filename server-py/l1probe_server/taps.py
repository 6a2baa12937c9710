"""The two seams of a stock pipeline: the transformer's call and the scheduler's step.

A seam is opened by giving an object a subclass of its own class. Hooks of accelerate,
offloading, caches and compilation keep working, because they patch `forward` and this
overrides `__call__`; the pipeline's code stays as it is. A seam does something only in a
thread in which :func:`observe` is open, so other users of the model are not seen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn


@runtime_checkable
class Observer(Protocol):
    """Who is told what passes the seams, in the thread that runs the pipeline."""

    @property
    def lifts(self) -> bool:
        """Whether the solver's state is kept in float32 around a low-precision transformer."""
        ...

    def on_schedule(self, scheduler: Any) -> None:
        """The scheduler has its sigmas and timesteps; nothing was evaluated yet."""
        ...

    def on_forward(
        self, label: str | None, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        """One forward passed. `label` is what the pipeline called it, None if it has no name."""
        ...

    def before_forward(self) -> None:
        """A forward is about to run; raising here stops the pipeline."""
        ...

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        """The solver made a step from the prediction it was given."""
        ...


_observer: ContextVar[Observer | None] = ContextVar("observer", default=None)
_label: ContextVar[str | None] = ContextVar("label", default=None)
# Model code that asks for its own dtype inside forward must hear the truth.
_inside_forward: ContextVar[bool] = ContextVar("inside_forward", default=False)


@contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """Tells `observer` what passes the open seams in this thread until the block ends."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


def open_transformer_seam(module: nn.Module, low_precision_inputs: frozenset[str]) -> None:
    """Opens the first seam: conditional and unconditional predictions and their input.

    While an observer lifts, the module reports float32 as its dtype (pipelines then make
    their state and embeddings in float32), the named inputs are cast down at the door and
    the output is lifted to float32. Without that, `scheduler.step` of a bfloat16 model
    rounds latents and timesteps to bfloat16 after every step.
    """
    stock: Any = type(module)
    name_of_state = "hidden_states"

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        observer = _observer.get()
        if observer is None or _inside_forward.get():
            return stock.__call__(self, *args, **kwargs)
        observer.before_forward()
        latent_in, timestep = kwargs[name_of_state], kwargs["timestep"]
        inside = _inside_forward.set(True)
        try:
            if observer.lifts:
                kwargs = _cast(kwargs, low_precision_inputs, stock.dtype.fget(self))
            output = stock.__call__(self, *args, **kwargs)
        finally:
            _inside_forward.reset(inside)
        if observer.lifts:
            output = (output[0].float(), *output[1:])
        observer.on_forward(_label.get(), latent_in, timestep, output[0])
        return output

    def dtype(self: Any) -> torch.dtype:
        observer = _observer.get()
        if observer is not None and observer.lifts and not _inside_forward.get():
            return torch.float32
        return stock.dtype.fget(self)

    def cache_context(self: Any, name: str, **kwargs: Any) -> AbstractContextManager[None]:
        return _labelled(name, stock.cache_context(self, name, **kwargs))

    members: dict[str, Any] = {"__call__": call, "dtype": property(dtype)}
    if hasattr(stock, "cache_context"):
        members["cache_context"] = cache_context
    module.__class__ = type(stock.__name__, (stock,), members)


def open_scheduler_seam(scheduler: Any) -> None:
    """Opens the second seam: the guided prediction and the latents after the step."""
    stock: Any = type(scheduler)

    def set_timesteps(self: Any, *args: Any, **kwargs: Any) -> None:
        stock.set_timesteps(self, *args, **kwargs)
        if (observer := _observer.get()) is not None:
            observer.on_schedule(self)

    def step(self: Any, model_output: Tensor, *args: Any, **kwargs: Any) -> Any:
        output = stock.step(self, model_output, *args, **kwargs)
        if (observer := _observer.get()) is not None:
            observer.on_step(model_output, output[0])
        return output

    members: dict[str, Callable[..., Any]] = {
        # Pipelines inspect both signatures to learn which arguments are understood.
        "set_timesteps": functools.wraps(stock.set_timesteps)(set_timesteps),
        "step": functools.wraps(stock.step)(step),
    }
    scheduler.__class__ = type(stock.__name__, (stock,), members)


@contextmanager
def _labelled(name: str, inner: AbstractContextManager[None]) -> Iterator[None]:
    token = _label.set(name)
    try:
        with inner:
            yield
    finally:
        _label.reset(token)


def _cast(kwargs: dict[str, Any], names: frozenset[str], dtype: torch.dtype) -> dict[str, Any]:
    return {
        name: value.to(dtype) if name in names and isinstance(value, Tensor) else value
        for name, value in kwargs.items()
    }
