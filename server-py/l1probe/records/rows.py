"""Rows of a step: the columns of `l1probe export`, derived from sums.

The floating-point operations and their order are those of the client (src/analysis/ratio.ts and
row.ts), so that both sides give the same doubles. A value is None if its sums are absent or its
denominator is zero, and NaN or infinite if non-finite elements entered the sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from l1probe.records.step import (
    DIFFERENCES,
    SIGNALS,
    DifferenceSums,
    PairSums,
    SignalSums,
    Step,
    Sums,
)

if TYPE_CHECKING:
    import pandas as pd

Value = str | int | float | None
#: One evaluation of one cell; the keys are COLUMNS, in order.
Row = dict[str, Value]


def ratio(numerator: float, denominator: float) -> float | None:
    return None if denominator == 0 else numerator / denominator


def _sqrt(square: float) -> float:
    return math.sqrt(square) if square >= 0 else math.nan


def abs_mean(sums: Sums | None) -> float | None:
    """Mean of |x|: Σ|x| / count."""
    return None if sums is None else ratio(sums.sum_abs, float(sums.count))


def rms(sums: Sums | None) -> float | None:
    """Root mean square: √(Σx² / count)."""
    mean = None if sums is None else ratio(sums.sum_squares, float(sums.count))
    return None if mean is None else _sqrt(mean)


def rel_l1(pair: PairSums | None) -> float | None:
    """Σ|a − b| / Σ|b|, dimensionless."""
    return None if pair is None else ratio(pair.sum_abs_difference, pair.sum_abs_reference)


def _reference_squares(pair: PairSums, a: Sums) -> float:
    """Σb², from Σ(a − b)² = Σa² + Σb² − 2Σab."""
    return pair.sum_squared_difference - a.sum_squares + 2 * pair.sum_product


def rel_l2(pair: PairSums | None, a: Sums | None) -> float | None:
    """√(Σ(a − b)² / Σb²), dimensionless."""
    if pair is None or a is None:
        return None
    squared = ratio(pair.sum_squared_difference, _reference_squares(pair, a))
    return None if squared is None else _sqrt(squared)


def cosine(pair: PairSums | None, a: Sums | None) -> float | None:
    """Σab / √(Σa²·Σb²), in [−1, 1] within rounding."""
    if pair is None or a is None:
        return None
    return ratio(pair.sum_product, _sqrt(a.sum_squares * _reference_squares(pair, a)))


def _signal(step: Step, name: str) -> Sums | None:
    sums: SignalSums | None = step.signals.get(name)
    return None if sums is None else sums.whole


def _pair(step: Step, name: str) -> PairSums | None:
    sums: DifferenceSums | None = step.differences.get(name)
    return None if sums is None else sums.whole


#: The signal that a difference compares with its reference.
_COMPARED = {"latent": "latent_out", "cond": "cond", "uncond": "uncond", "cfg": "cfg"}

Reader = Callable[[Step], Value]


def _of_signal(column: str, read: Callable[[Sums | None], Value]) -> dict[str, Reader]:
    return {
        f"{name}_{column}": lambda step, name=name: read(_signal(step, name)) for name in SIGNALS
    }


def _of_pair(
    column: str, read: Callable[[PairSums | None, Sums | None], Value]
) -> dict[str, Reader]:
    return {
        f"{name}_{column}": lambda step, name=name: read(
            _pair(step, name), _signal(step, _COMPARED[name])
        )
        for name in DIFFERENCES
    }


_READERS: dict[str, Reader] = {
    "step": lambda step: step.step,
    "timestep": lambda step: step.timestep,
    "sigma": lambda step: step.sigma,
    "sigma_next": lambda step: step.sigma_next,
    "evaluation": lambda step: step.evaluation,
    "non_finite": lambda step: sum(sums.whole.non_finite for sums in step.signals.values()),
    "expert": lambda step: step.expert or None,
    "batch_size": lambda step: step.batch_size,
    "shared": lambda step: int(step.shared),
    "seconds": lambda step: step.seconds,
    **_of_signal("abs_mean", abs_mean),
    **_of_signal("rms", rms),
    **_of_signal("min", lambda sums: None if sums is None else sums.min),
    **_of_signal("max", lambda sums: None if sums is None else sums.max),
    **_of_pair("rel_l1", lambda pair, _: rel_l1(pair)),
    **_of_pair("rel_l2", rel_l2),
    **_of_pair("cosine", cosine),
}

#: The exported columns, in order, and the type of each in a Parquet export.
COLUMN_TYPES: Mapping[str, str] = {
    "cell_id": "str",
    "step": "int32",
    "steps": "int32",
    "timestep": "float64",
    "sigma": "float64",
    "sigma_next": "float64",
    "latent_in_abs_mean": "float64",
    "cond_abs_mean": "float64",
    "cfg_abs_mean": "float64",
    "latent_out_abs_mean": "float64",
    "latent_rel_l1": "float64",
    "cond_rel_l1": "float64",
    "cfg_rel_l1": "float64",
    "schedule": "str",
    "shift": "float64",
    "frames": "int32",
    "height": "int32",
    "width": "int32",
    "seed": "int64",
    "prompt": "str",
    "negative_prompt": "str",
    "guidance_scale": "float64",
    "true_cfg_scale": "float64",
    "sampler": "str",
    "solver_state": "str",
    "image": "str",
    "init": "str",
    "evaluation": "int32",
    "uncond_abs_mean": "float64",
    "uncond_rel_l1": "float64",
    "latent_rel_l2": "float64",
    "cond_rel_l2": "float64",
    "cfg_rel_l2": "float64",
    "latent_cosine": "float64",
    "cond_cosine": "float64",
    "cfg_cosine": "float64",
    "latent_in_rms": "float64",
    "cond_rms": "float64",
    "cfg_rms": "float64",
    "latent_out_rms": "float64",
    "latent_in_min": "float64",
    "latent_in_max": "float64",
    "cond_min": "float64",
    "cond_max": "float64",
    "non_finite": "int64",
    "expert": "str",
    "batch_size": "int32",
    "shared": "int32",
    "seconds": "float64",
    "scheduler": "str",
    "model": "str",
    "family": "str",
    "weights": "str",
    "transformer_dtype": "str",
    "device": "str",
    "lora": "str",
}
COLUMNS: tuple[str, ...] = tuple(COLUMN_TYPES)

#: Columns that are the same in every row of a cell: its id, its axes and its provenance. The
#: true_cfg_scale that a step says comes before the cell's.
CELL_COLUMNS: tuple[str, ...] = tuple(name for name in COLUMNS if name not in _READERS)

_CAST: Mapping[str, Callable[[Value], Value]] = {
    "str": lambda value: value,
    "int32": lambda value: None if value is None else int(value),
    "int64": lambda value: None if value is None else int(value),
    "float64": lambda value: None if value is None else float(value),
}


def step_row(step: Step, cell: Mapping[str, Value]) -> Row:
    """One row.

    Args:
        step: one evaluation.
        cell: values of CELL_COLUMNS; those that are left out are None.
    """
    values = {
        name: _READERS[name](step) if name in _READERS else cell.get(name) for name in COLUMN_TYPES
    }
    if step.true_cfg_scale:
        values["true_cfg_scale"] = step.true_cfg_scale
    return {name: _CAST[kind](values[name]) for name, kind in COLUMN_TYPES.items()}


def rows(steps: Iterable[Step], cell: Mapping[str, Value]) -> list[Row]:
    """One row per evaluation.

    Args:
        steps: of one cell, in order.
        cell: values of CELL_COLUMNS; those that are left out are None.

    Raises:
        KeyError: if `cell` has a key that is none of CELL_COLUMNS.
    """
    unknown = sorted(set(cell) - set(CELL_COLUMNS))
    if unknown:
        raise KeyError(f"unknown columns {', '.join(unknown)}; known: {', '.join(CELL_COLUMNS)}")
    return [step_row(step, cell) for step in steps]


def to_dataframe(table: Iterable[Row]) -> pd.DataFrame:
    """A table of rows with the column types of a Parquet export. Needs pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("a DataFrame needs pandas; run pip install pandas") from error

    table = list(table)
    # A whole-number column with missing values is one of doubles, as pandas reads it from Parquet.
    kinds = {
        name: "float64"
        if kind.startswith("int") and any(row[name] is None for row in table)
        else pd.StringDtype(na_value=math.nan)
        if kind == "str"
        else kind
        for name, kind in COLUMN_TYPES.items()
    }
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in table], dtype=kinds[name]) for name in COLUMNS}
    )
