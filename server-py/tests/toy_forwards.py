"""Forwards of a module whose answer is known by hand: three times the state, plus the timestep."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import torch
from torch import Tensor, nn

from l1probe.observe.forward import Forward


class Toy(nn.Module):
    """Answers 3·hidden_states + timestep, row by row, and notes how many rows it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def forward(self, hidden_states: Tensor, timestep: Tensor, return_dict: bool = True, **_: Any):
        self.rows.append(len(hidden_states))
        assert not return_dict
        shape = (-1, *[1] * (hidden_states.ndim - 1))
        return (3 * hidden_states + timestep.reshape(shape),)


def expected(forward: Forward) -> Tensor:
    """What the toy answers, computed here for this forward alone."""
    rows = zip(forward.inputs["hidden_states"], forward.inputs["timestep"], strict=True)
    return torch.stack([3 * row + t for row, t in rows])


def toy_forward(
    module: nn.Module,
    state: Tensor,
    timestep: float = 0.0,
    same_as: Hashable = None,
    shared_inputs: frozenset[str] = frozenset(),
    **inputs: Any,
) -> Forward:
    """A forward of `state`, rows first, at one timestep."""
    return Forward(
        module,
        type(module),
        "transformer",
        None,
        {"hidden_states": state, "timestep": torch.full((len(state),), timestep), **inputs},
        shared_inputs=shared_inputs,
        same_as=same_as,
    )
