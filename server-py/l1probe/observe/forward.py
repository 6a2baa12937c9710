"""What one forward is: one call of a transformer, separate from the pipeline that made it."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

#: What a transformer returned, in its own order; the first is the prediction.
Output = tuple[Tensor, ...]

# Inside forward, model code that reads its own dtype must get the true one.
_inside: ContextVar[bool] = ContextVar("inside_forward", default=False)


@dataclass(frozen=True, eq=False)
class Forward:
    """A call of the transformer, with every argument by its name.

    Attributes:
        module: the transformer.
        stock: its class in diffusers.
        component: its name in the pipeline, for example `transformer_2`.
        label: the pipeline's name for this forward, if any.
        inputs: arguments of the module's forward, in the dtypes that it wants.
        shared_inputs: names of inputs without a batch axis.
        size: height, width and frames of the cell.
        state_input: name of the input with the solver's state, a tensor or a list of tensors.
        same_as: forwards with equal values have equal inputs; None if unknown.
    """

    module: nn.Module
    stock: type[nn.Module]
    component: str
    label: str | None
    inputs: Mapping[str, Any]
    shared_inputs: frozenset[str] = frozenset()
    size: tuple[int, int, int] = (0, 0, 0)
    state_input: str = "hidden_states"
    same_as: Hashable = None

    @property
    def rows(self) -> int:
        """Samples in this forward; two with batched CFG."""
        return len(self.inputs[self.state_input])


@dataclass(frozen=True)
class Answer:
    """The result of a forward, and the batch that it ran in.

    Attributes:
        output: of this forward's samples alone.
        batch_size: samples that went through the transformer together, padding included.
        shared: whether it was computed for another forward with equal inputs.
    """

    output: Output
    batch_size: int
    shared: bool = False


def run(forward: Forward) -> Output:
    """Calls the stock module, with all its hooks."""
    token = _inside.set(True)
    try:
        output: Any = forward.stock.__call__(forward.module, **forward.inputs, return_dict=False)
    finally:
        _inside.reset(token)
    first, *rest = output
    return (joined(first), *rest)


def joined(samples: Tensor | list[Tensor]) -> Tensor:
    """Samples along the batch axis, for transformers that take and return them in a list."""
    return torch.stack(samples) if isinstance(samples, list) else samples


def is_inside() -> bool:
    """Whether this thread is inside :func:`run`."""
    return _inside.get()


def by_name(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Arguments as keywords without `return_dict`, and `return_dict` on its own."""
    bound = dict(signature.bind(*args, **kwargs).arguments)
    extra = bound.pop("kwargs", {})
    named = {**bound, **extra}
    return named, named.pop("return_dict", True)
