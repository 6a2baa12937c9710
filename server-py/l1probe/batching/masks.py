"""Attention without a mask if nothing is masked: faster kernels, the same result.

A transformer that pads its text passes every block a mask, even one that masks nothing. Its
blocks get a subclass of their own class, as with the hooks, that leaves such a mask out.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import nn

MASK = "attention_mask"

_unmasked: ContextVar[bool] = ContextVar("unmasked", default=False)


@contextmanager
def without_masks(unmasked: bool) -> Iterator[None]:
    """Inside, blocks prepared by :func:`make_masks_optional` get no mask, if `unmasked`."""
    token = _unmasked.set(unmasked)
    try:
        yield
    finally:
        _unmasked.reset(token)


def make_masks_optional(transformer: nn.Module) -> None:
    """Prepares every repeated block of a transformer that takes an attention mask."""
    repeated = getattr(transformer, "_repeated_blocks", None) or ()
    classes: dict[type[nn.Module], type[nn.Module]] = {}
    for module in transformer.modules():
        stock = type(module)
        if stock.__name__ not in repeated:
            continue
        names = list(inspect.signature(module.forward).parameters)
        if MASK in names:
            if stock not in classes:
                classes[stock] = _maskless(stock, names.index(MASK))
            module.__class__ = classes[stock]


def _maskless(stock: type[nn.Module], position: int) -> type[nn.Module]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _unmasked.get():
            if len(args) > position:
                args = (*args[:position], None, *args[position + 1 :])
            else:
                kwargs = {**kwargs, MASK: None}
        return stock.__call__(self, *args, **kwargs)

    return type(stock.__name__, (stock,), {"__call__": call})
