"""Prompt embeddings: encoded once, and in float32 where the solver's state is."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import torch
from torch import Tensor

#: Prompts whose embeddings are kept; the least recently used go first.
KEPT_PROMPTS = 128


class PromptCache:
    """What a pipeline's own `encode_prompt` returned, by everything that it was asked."""

    def __init__(self, kept: int = KEPT_PROMPTS) -> None:
        self._kept = kept
        self._encoded: OrderedDict[Hashable, Any] = OrderedDict()

    def encode(self, encoder: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls `encoder` unless it was called with equal arguments before.

        Arguments that cannot be compared cheaply, such as pictures, are encoded each time.
        """
        key = _comparable(dict(inspect.signature(encoder).bind(*args, **kwargs).arguments))
        if key is None:
            return encoder(*args, **kwargs)
        if key not in self._encoded:
            self._encoded[key] = encoder(*args, **kwargs)
            while len(self._encoded) > self._kept:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(key)
        return self._encoded[key]


def open_prompt_seam(pipeline: Any, cache: PromptCache, lifts: bool) -> None:
    """Gives one run's copy of a pipeline an `encode_prompt` that remembers.

    Several pipelines make their latents in the dtype of the prompt's embeddings, so where the
    solver's state is float32 these are lifted too; the transformer casts them at its door.
    """
    stock = pipeline.encode_prompt

    def encode_prompt(*args: Any, **kwargs: Any) -> Any:
        encoded = cache.encode(stock, *args, **kwargs)
        return _lifted(encoded) if lifts else encoded

    # Pipelines, and this cache, read the signature of what they call.
    encode_prompt.__signature__ = inspect.signature(stock)  # type: ignore[attr-defined]
    pipeline.encode_prompt = encode_prompt


def _lifted(encoded: Any) -> Any:
    if isinstance(encoded, Tensor):
        return encoded.float() if encoded.is_floating_point() else encoded
    if isinstance(encoded, tuple | list):
        return type(encoded)(_lifted(part) for part in encoded)
    return encoded


def _comparable(value: Any) -> Hashable | None:
    """A key that is equal for equal values; None where there is no cheap one."""
    if value is None:
        return ("none",)
    if isinstance(value, str | int | float | torch.dtype | torch.device):
        return (type(value).__name__, value)
    if isinstance(value, Mapping):
        return _all([(str(name), inner) for name, inner in sorted(value.items())])
    if isinstance(value, list | tuple):
        return _all(value)
    return None


def _all(values: Any) -> Hashable | None:
    keys = tuple(_comparable(value) for value in values)
    return None if None in keys else keys
