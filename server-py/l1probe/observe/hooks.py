"""The seams of a stock pipeline: the transformer's call and the scheduler's step.

A seam is opened by giving an object a subclass of its own class. Hooks of accelerate,
offloading, caches and compilation keep working, because they patch `forward` and this
overrides `__call__`; the pipeline's code stays as it is. A seam does something only where
:func:`observe` is open, so other users of the model are not seen.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, runtime_checkable

import torch
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from torch import Tensor, nn

from l1probe.families.family import Family
from l1probe.observe.forward import Forward, Output, by_name, is_inside


@runtime_checkable
class Observer(Protocol):
    """Who is told what passes the seams, and computes what passes the first."""

    @property
    def lifts(self) -> bool:
        """Whether the solver's state is kept in float32 around a low-precision transformer."""
        ...

    def on_schedule(self, scheduler: Any) -> None:
        """The scheduler has its sigmas and timesteps; nothing was evaluated yet."""
        ...

    def compute(self, forward: Forward) -> Output:
        """Runs a forward, alone or with others; raising here stops the pipeline."""
        ...

    def on_forward(
        self, forward: Forward, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        """One forward passed: the loop's state and time, and what the loop gets for them."""
        ...

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        """The solver made a step from the prediction it was given."""
        ...


_observer: ContextVar[Observer | None] = ContextVar("observer", default=None)
_label: ContextVar[str | None] = ContextVar("label", default=None)


@contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """Tells `observer` what passes the open seams in this context until the block ends."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


def open_transformer_seam(module: nn.Module, component: str, family: Family) -> None:
    """Opens the first seam: conditional and unconditional predictions and their input.

    While an observer lifts, the module reports float32 as its dtype (pipelines then make
    their state and embeddings in float32), the family's inputs are cast down at the door and
    the output is lifted to float32. Without that, `scheduler.step` of a bfloat16 model
    rounds latents and timesteps to bfloat16 after every step.
    """
    stock: Any = type(module)
    signature = inspect.signature(module.forward)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        observer = _observer.get()
        if observer is None or is_inside():
            return stock.__call__(self, *args, **kwargs)
        asked, return_dict = by_name(signature, args, kwargs)
        latent_in, timestep = asked["hidden_states"], asked["timestep"]
        inputs = family.to_transformer(asked) if family.to_transformer else asked
        if observer.lifts:
            inputs = _cast(inputs, family.low_precision_inputs, stock.dtype.fget(self))
        forward = Forward(
            self, stock, component, _label.get(), inputs, shared_inputs=family.shared_inputs
        )
        prediction, *rest = observer.compute(forward)
        if observer.lifts:
            prediction = prediction.float()
        if family.from_transformer:
            prediction = family.from_transformer(prediction)
        observer.on_forward(forward, latent_in, timestep, prediction)
        return Transformer2DModelOutput(sample=prediction) if return_dict else (prediction, *rest)

    def dtype(self: Any) -> torch.dtype:
        observer = _observer.get()
        if observer is not None and observer.lifts and not is_inside():
            return torch.float32
        return stock.dtype.fget(self)

    def cache_context(self: Any, name: str, **kwargs: Any) -> AbstractContextManager[None]:
        return _labelled(name, stock.cache_context(self, name, **kwargs))

    members: dict[str, Any] = {"__call__": call, "dtype": property(dtype)}
    if hasattr(stock, "cache_context"):
        members["cache_context"] = cache_context
    module.__class__ = type(stock.__name__, (stock,), members)


def open_decoder_seam(vae: nn.Module) -> None:
    """Lets a VAE of low precision decode the float32 latents that a lifting observer leaves.

    Several pipelines hand the solver's state to the decoder as it is.
    """
    stock: Any = type(vae)

    @functools.wraps(stock.decode)
    def decode(self: Any, latents: Tensor, *args: Any, **kwargs: Any) -> Any:
        observer = _observer.get()
        if observer is not None and observer.lifts:
            latents = latents.to(self.dtype)
        return stock.decode(self, latents, *args, **kwargs)

    vae.__class__ = type(stock.__name__, (stock,), {"decode": decode})


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


def _cast(inputs: Mapping[str, Any], names: frozenset[str], dtype: torch.dtype) -> dict[str, Any]:
    def cast(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(dtype)
        return [cast(inner) for inner in value] if isinstance(value, list) else value

    return {n: cast(value) if n in names else value for n, value in inputs.items()}
