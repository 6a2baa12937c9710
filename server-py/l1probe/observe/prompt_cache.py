"""Prompt embeddings: encoded once, and upcast if the solver's state is float32."""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import torch
from torch import Tensor

#: Prompts whose embeddings are cached; the least recently used go first.
CACHED_PROMPTS = 128


class PromptCache:
    """Results of a pipeline's own `encode_prompt`, by its arguments.

    Attributes:
        tokenizing: held while it encodes; another thread that uses the pipeline's tokenizers holds
            it, too, since a tokenizer that truncates cannot be shared.
    """

    def __init__(self, capacity: int = CACHED_PROMPTS) -> None:
        self.tokenizing = threading.RLock()
        self._capacity = capacity
        self._encoded: OrderedDict[Hashable, Any] = OrderedDict()

    def encode(self, encoder: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls `encoder` unless it was called with equal arguments before.

        Arguments that cannot be compared cheaply, such as images, are encoded each time.
        """
        key = _comparable(dict(inspect.signature(encoder).bind(*args, **kwargs).arguments))
        if key is None:
            with self.tokenizing:
                return encoder(*args, **kwargs)
        if key not in self._encoded:
            with self.tokenizing:
                self._encoded[key] = encoder(*args, **kwargs)
            while len(self._encoded) > self._capacity:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(key)
        return self._encoded[key]


def hook_prompt(pipeline: Any, cache: PromptCache, upcasts: bool) -> None:
    """Gives one run's copy of a pipeline an `encode_prompt` with a cache.

    Several pipelines make their latents in the dtype of the prompt's embeddings, so these are
    upcast too if the solver's state is float32; the first hook casts them back.
    """
    stock = pipeline.encode_prompt

    def encode_prompt(*args: Any, **kwargs: Any) -> Any:
        encoded = cache.encode(stock, *args, **kwargs)
        return _upcast(encoded) if upcasts else encoded

    # Pipelines, and this cache, read the signature of what they call.
    encode_prompt.__signature__ = inspect.signature(stock)  # type: ignore[attr-defined]
    pipeline.encode_prompt = encode_prompt


def _upcast(encoded: Any) -> Any:
    if isinstance(encoded, Tensor):
        return encoded.float() if encoded.is_floating_point() else encoded
    if isinstance(encoded, tuple | list):
        return type(encoded)(_upcast(part) for part in encoded)
    return encoded


def _comparable(value: Any) -> Hashable | None:
    """A key that is equal for equal values; None if there is no cheap one."""
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
