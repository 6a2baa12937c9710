"""Exported columns, derived from a step's sums. The only divisions of the Python package.

A value is None if the sums are absent or its denominator is zero, and NaN or infinite if
non-finite elements entered the sums. The client's export has the same columns, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from l1probe.records.step import PairSums, Step, Sums

#: A value of a column.
Value = str | int | float | None


def _ratio(numerator: float, denominator: float | int) -> float | None:
    return None if denominator == 0 else numerator / denominator


def _root(value: float | None) -> float | None:
    if value is None:
        return None
    return math.sqrt(value) if value >= 0 else math.nan


def abs_mean(sums: Sums | None) -> float | None:
    """Mean of |x|: Σ|x| / count, in the signal's own unit."""
    return None if sums is None else _ratio(sums.sum_abs, sums.count)


def rms(sums: Sums | None) -> float | None:
    """Root mean square of x: √(Σx² / count), in the signal's own unit."""
    return None if sums is None else _root(_ratio(sums.sum_squares, sums.count))


def rel_l1(pair: PairSums | None) -> float | None:
    """Relative L1: Σ|a − b| / Σ|b|, the measure of TeaCache (arXiv:2411.19108)."""
    return None if pair is None else _ratio(pair.sum_abs_difference, pair.sum_abs_reference)


def _reference_squares(pair: PairSums, a: Sums) -> float:
    """Σb² of a pair, from Σ(a − b)² = Σa² + Σb² − 2Σab."""
    return pair.sum_squared_difference - a.sum_squares + 2 * pair.sum_product


def rel_l2(pair: PairSums | None, a: Sums | None) -> float | None:
    """Relative L2: √(Σ(a − b)² / Σb²); `a` is the signal that the pair compares."""
    if pair is None or a is None:
        return None
    return _root(_ratio(pair.sum_squared_difference, _reference_squares(pair, a)))


def cosine(pair: PairSums | None, a: Sums | None) -> float | None:
    """Cosine similarity of a and b: Σab / √(Σa²·Σb²), in [−1, 1] within rounding."""
    if pair is None or a is None:
        return None
    norm = _root(a.sum_squares * _reference_squares(pair, a))
    return None if norm is None else _ratio(pair.sum_product, norm)


def non_finite(step: Step) -> int:
    """Elements of all signals of a step that are NaN or infinite."""
    return sum(signal.whole.non_finite for signal in step.signals.values())


def _signal(step: Step, name: str) -> Sums | None:
    return step.signals[name].whole if name in step.signals else None


def _pair(step: Step, name: str) -> PairSums | None:
    return step.differences[name].whole if name in step.differences else None


#: The signal that is a of each difference.
_LATER = {"latent": "latent_out", "cond": "cond", "uncond": "uncond", "cfg": "cfg"}

_SIGNAL_COLUMNS: Mapping[str, Callable[[Sums | None], Value]] = {
    "abs_mean": abs_mean,
    "rms": rms,
    "min": lambda sums: None if sums is None else sums.min,
    "max": lambda sums: None if sums is None else sums.max,
}
_PAIR_COLUMNS: Mapping[str, Callable[[PairSums | None, Sums | None], Value]] = {
    "rel_l1": lambda pair, a: rel_l1(pair),
    "rel_l2": rel_l2,
    "cosine": cosine,
}


def _columns(kinds: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}_{kind}" for kind in kinds for name in names)


_STEP = (
    *("timestep", "sigma", "sigma_next"),
    *_columns(("abs_mean",), ("latent_in", "cond", "cfg", "latent_out")),
    *_columns(("rel_l1",), ("latent", "cond", "cfg")),
)
#: Columns that are the same in all rows of a cell: what was requested.
AXES = (
    *("schedule", "shift", "frames", "height", "width", "seed", "prompt", "negative_prompt"),
    *("guidance_scale", "true_cfg_scale", "sampler", "solver_state", "image"),
)
_FURTHER = (
    *("evaluation", "uncond_abs_mean", "uncond_rel_l1"),
    *_columns(("rel_l2", "cosine"), ("latent", "cond", "cfg")),
    *_columns(("rms",), ("latent_in", "cond", "cfg", "latent_out")),
    *("latent_in_min", "latent_in_max", "cond_min", "cond_max"),
    *("non_finite", "expert", "batch_size", "shared", "seconds"),
)
#: Columns that are the same in all rows of a cell: what ran it.
PROVENANCE = ("scheduler", "model", "family", "weights", "transformer_dtype", "device")

#: The exported columns, in order.
COLUMNS = ("cell_id", "step", "steps", *_STEP, *AXES, *_FURTHER, *PROVENANCE)


def step_row(step: Step, axes: Mapping[str, Value]) -> dict[str, Value]:
    """One row of an export.

    Args:
        step: one evaluation.
        axes: the columns that are the same in all rows of its cell; absent ones are empty.
    """
    row: dict[str, Value] = {name: axes.get(name) for name in COLUMNS}
    for name in ("step", "evaluation", "timestep", "sigma", "sigma_next", "batch_size", "seconds"):
        row[name] = getattr(step, name)
    row["expert"] = step.expert or None
    row["shared"] = int(step.shared)
    row["non_finite"] = non_finite(step)
    for column in (*_STEP, *_FURTHER):
        for kind, of_signal in _SIGNAL_COLUMNS.items():
            if column.endswith(f"_{kind}"):
                row[column] = of_signal(_signal(step, column.removesuffix(f"_{kind}")))
        for kind, of_pair in _PAIR_COLUMNS.items():
            if column.endswith(f"_{kind}"):
                name = column.removesuffix(f"_{kind}")
                row[column] = of_pair(_pair(step, name), _signal(step, _LATER[name]))
    return row
