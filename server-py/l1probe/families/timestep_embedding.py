"""Timesteps that a transformer would round to its own dtype before it embeds them.

The loops of some models keep the timestep in float32 while the solver's state is, but their
transformers cast it to bfloat16 in `forward`, which has nothing between 996 and 1000. These hooks
hand the embedding what the loop gave; with `solver_state: stock` that is rounded by the loop
already, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


def keep_timestep(transformer: nn.Module, embedding: nn.Module, unit: int) -> None:
    """Hands `embedding` the timestep that `transformer` was called with, times `unit`.

    Args:
        transformer: called with `timestep` by name, as at the seam.
        embedding: a module inside it, whose first argument is its rounded timestep.
        unit: by which the transformer multiplies what it is called with.
    """
    told: list[Tensor] = []

    def remember(module: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        told[:] = [named["timestep"]]

    def replace(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (told.pop() * unit, *args[1:])

    transformer.register_forward_pre_hook(remember, with_kwargs=True)
    embedding.register_forward_pre_hook(replace)


def to_own_dtype(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """A forward pre-hook that casts the first argument to the dtype of the module's weights."""
    return (args[0].to(next(module.parameters()).dtype), *args[1:])
