"""The first hook, the transformer's call: latent_in, cond and uncond."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from torch import Tensor, nn

from l1probe.families.family import Family
from l1probe.observe.forward import Forward, by_name, is_inside, joined
from l1probe.observe.observer import current_observer, hook

# What the pipeline calls the forward that comes next, for example "cond".
_label: ContextVar[str | None] = ContextVar("label", default=None)


def hook_transformer(module: nn.Module, component: str, family: Family) -> None:
    """Places the first hook.

    While an observer upcasts, the module reports float32 as its dtype (pipelines then make
    their state and embeddings in float32), the family's low-precision inputs are cast to the
    module's own dtype and the output is upcast to float32. Without that, `scheduler.step` of a
    bfloat16 model rounds latents and timesteps to bfloat16 after every step.

    Args:
        module: the transformer.
        component: its name in the pipeline, for example `transformer_2`.
        family: which inputs are cast, and how the loop's conventions map to the module's.
    """
    stock: Any = type(module)
    # A module compiled as a whole passes everything on to the original.
    signature = inspect.signature(getattr(module, "_orig_mod", module).forward)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        observer = current_observer()
        if observer is None or is_inside():
            return stock.__call__(self, *args, **kwargs)
        passed, return_dict = by_name(signature, args, kwargs)
        state, timestep = passed[family.state_input], passed[family.timestep_input]
        inputs = family.to_transformer(passed) if family.to_transformer else passed
        if observer.upcasts:
            inputs = _cast(inputs, family.low_precision_inputs, stock.dtype.fget(self))
        forward = Forward(
            self,
            stock,
            component,
            _label.get(),
            inputs,
            shared_inputs=family.shared_inputs,
            state_input=family.state_input,
        )
        prediction, *rest = observer.compute(forward)
        if observer.upcasts:
            prediction = prediction.float()
        if family.from_transformer:
            prediction = family.from_transformer(prediction)
        observer.on_forward(forward, joined(state), timestep, prediction)
        sample: Any = list(prediction) if isinstance(state, list) else prediction
        return Transformer2DModelOutput(sample=sample) if return_dict else (sample, *rest)

    def dtype(self: Any) -> torch.dtype:
        observer = current_observer()
        if observer is not None and observer.upcasts and not is_inside():
            return torch.float32
        return stock.dtype.fget(self)

    def cache_context(self: Any, name: str, **kwargs: Any) -> AbstractContextManager[None]:
        return _labelled(name, stock.cache_context(self, name, **kwargs))

    members: dict[str, Any] = {"__call__": call}
    if hasattr(stock, "dtype"):
        members["dtype"] = property(dtype)
    if hasattr(stock, "cache_context"):
        members["cache_context"] = cache_context
    hook(module, members)


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
