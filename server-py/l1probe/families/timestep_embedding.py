"""Keeps transformers from rounding the timestep to their own dtype before they embed it.

With a float32 solver state, some loops also keep the timestep in float32, but their transformers
cast it in `forward` to bfloat16, which has no value between 996 and 1000. These hooks pass the
loop's timestep to the embedding. With `solver_state: stock` the loop has already rounded it, and
nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


def keep_timestep(transformer: nn.Module, embedding: nn.Module, unit: int) -> None:
    """Passes to `embedding` the timestep that `transformer` was called with, times `unit`.

    Args:
        transformer: called with `timestep` as a keyword.
        embedding: a module inside it, whose first argument is the rounded timestep.
        unit: the factor by which the transformer multiplies its timestep.
    """
    received: list[Tensor] = []

    def remember(module: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        received[:] = [named["timestep"]]

    def replace(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (received.pop() * unit, *args[1:])

    transformer.register_forward_pre_hook(remember, with_kwargs=True)
    embedding.register_forward_pre_hook(replace)


def to_own_dtype(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """A forward pre-hook that casts the first argument to the dtype of the module's weights."""
    return (args[0].to(next(module.parameters()).dtype), *args[1:])
