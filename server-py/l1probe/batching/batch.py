"""Joins forwards of equal shape into one, and splits its output again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from l1probe.observe.forward import Forward, Output


def batch_key(forward: Forward) -> Hashable:
    """Equal for forwards that fit into one batch: the same module, shapes, dtypes and settings."""
    inputs = forward.inputs.items()
    described = ((n, _described(forward, n, v)) for n, v in sorted(inputs))
    return (id(forward.module), *described)


def _described(forward: Forward, name: str, value: Any) -> Hashable:
    if name in forward.shared_inputs:
        return _key(value, has_rows=False)
    if isinstance(value, list) and len(value) == forward.rows:
        # One item per sample, as long as the batch, like a tensor's first axis.
        return (list, frozenset(_key(item, has_rows=True) for item in value))
    return _key(value, has_rows=True)


def _key(value: Any, has_rows: bool) -> Hashable:
    if isinstance(value, Tensor):
        return (tuple(value.shape[1:] if has_rows else value.shape), value.dtype, value.device)
    if isinstance(value, list | tuple):
        return (type(value), *(_key(inner, has_rows) for inner in value))
    return repr(value)


def join(forwards: Sequence[Forward], rows: int) -> dict[str, Any]:
    """The inputs of forwards with the same key, concatenated along the batch axis.

    Args:
        forwards: all of the same :func:`batch_key`.
        rows: of the result, at least the sum of theirs; padding repeats the last row.

    Raises:
        TypeError: an input has no batch axis and is not named in `shared_inputs`.
    """
    first = forwards[0]
    if len(forwards) == 1 and first.rows == rows:
        return dict(first.inputs)
    return {
        name: value if name in first.shared_inputs else _joined(name, forwards, rows)
        for name, value in first.inputs.items()
    }


def _joined(name: str, forwards: Sequence[Forward], rows: int) -> Any:
    values = [forward.inputs[name] for forward in forwards]
    first = values[0]
    if isinstance(first, Tensor):
        for value, forward in zip(values, forwards, strict=True):
            if value.ndim == 0 or value.shape[0] != forward.rows:
                raise _no_axis(name, f"shape {tuple(value.shape)}", forward)
        missing = rows - sum(forward.rows for forward in forwards)
        return torch.cat((*values, *[values[-1][-1:]] * missing))
    if isinstance(first, list) and len(first) == forwards[0].rows:
        flat = [row for value in values for row in value]
        return flat + flat[-1:] * (rows - len(flat))
    if isinstance(first, list | tuple) and any(isinstance(inner, Tensor) for inner in first):
        raise _no_axis(name, f"a {type(first).__name__} of {len(first)}", forwards[0])
    return first


def _no_axis(name: str, what: str, forward: Forward) -> TypeError:
    return TypeError(
        f"the transformer's input {name}, {what}, has no batch axis of {forward.rows}; name it in "
        "the family's shared_inputs"
    )


def split(output: Output, forwards: Sequence[Forward]) -> list[Output]:
    """Each forward's own samples of a joined forward's output; padding is dropped."""
    counts = [forward.rows for forward in forwards]
    parts = [tensor[: sum(counts)].split(counts) for tensor in output]
    return [tuple(own) for own in zip(*parts, strict=True)]
