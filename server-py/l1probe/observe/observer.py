"""Who observes a pipeline, and how an object is hooked and set free again.

A hook is placed by giving an object a subclass of its own class. Hooks of accelerate, offloading,
caches and compilation keep working, because they patch `forward` and this overrides `__call__`;
the pipeline's code stays as it is. A hook acts only inside :func:`observing`, so other users of
the model are not observed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from l1probe.observe.forward import Forward, Output


@runtime_checkable
class Observer(Protocol):
    """Receives what passes both hooks, and computes what passes the first."""

    @property
    def upcasts(self) -> bool:
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
        """A forward returned: the loop's state and time, and the prediction that the loop gets."""
        ...

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        """The solver made a step from the prediction."""
        ...


_observer: ContextVar[Observer | None] = ContextVar("observer", default=None)


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Connects the hooks to `observer` in this context until the block ends."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


def current_observer() -> Observer | None:
    """The observer of this context, if any."""
    return _observer.get()


def hook(target: Any, members: Mapping[str, Any]) -> None:
    """Overrides members of one object's class; the class keeps its name."""
    stock = type(target)
    target.__class__ = type(stock.__name__, (stock,), {**members, "_l1probe_stock": stock})


def is_hooked(target: Any) -> bool:
    """Whether :func:`hook` changed the object's class."""
    return hasattr(type(target), "_l1probe_stock")


def unhook(target: Any) -> None:
    """Gives a hooked object its own class back."""
    target.__class__ = type(target)._l1probe_stock
