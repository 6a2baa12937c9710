"""One step's sums, as a trace, a record and the wire all carry them.

The names and the order of the sums are spelled here, once: a field of `Sums` or `PairSums` is the
field of the same name in the contract, and a row of what :mod:`l1probe.observe.statistics` reduces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

#: Signals of a step, in the order of the sampling loop.
SIGNALS = ("latent_in", "cond", "uncond", "cfg", "latent_out")

#: Differences of a step: latent is latent_out against latent_in of the same evaluation, the others
#: are a prediction against that of the evaluation before.
DIFFERENCES = ("latent", "cond", "uncond", "cfg")


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the elements of one signal; non-finite elements stay in them."""

    count: int
    sum_abs: float
    sum_squares: float
    min: float
    max: float
    non_finite: int


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums over the elements of a pair: a, and the b that it is measured against."""

    count: int
    sum_abs_difference: float
    sum_squared_difference: float
    sum_product: float
    sum_abs_reference: float


#: Rows that a reduction of signals returns; `count` is known from the shape.
SIGNAL_SUMS = tuple(field.name for field in fields(Sums) if field.name != "count")
#: Rows that a reduction of pairs returns; `count` is known from the shape.
PAIR_SUMS = tuple(field.name for field in fields(PairSums) if field.name != "count")


@dataclass(frozen=True, slots=True)
class SignalSums:
    """One signal: over the whole tensor, and per latent frame (empty if left out)."""

    whole: Sums
    frames: tuple[Sums, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferenceSums:
    """One difference: over the whole tensor, and per latent frame (empty if left out)."""

    whole: PairSums
    frames: tuple[PairSums, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One evaluation of the model and the solver's update from it.

    Attributes:
        step: counts from 0.
        evaluation: counts from 0 within the step; above 0 only for a sampler that evaluates more
            than once per step.
        sigma: where the model was evaluated.
        sigma_next: where the solver's state stands afterwards.
        timestep: as the sampling loop handed it to the transformer.
        signals: by a name of SIGNALS; without uncond unless the step computed it.
        differences: by a name of DIFFERENCES; without those of predictions in the first evaluation.
        seconds: since the previous step was read back.
        batch_size: largest batch of this evaluation's forwards, padding included.
        expert: the transformer that ran, for a mixture of experts; empty otherwise.
        shared: whether the result was reused from another cell with the same first step.
        true_cfg_scale: of this evaluation; 1 means no true CFG, 0 that nothing says.
    """

    step: int
    evaluation: int
    sigma: float
    sigma_next: float
    timestep: float
    signals: Mapping[str, SignalSums]
    differences: Mapping[str, DifferenceSums]
    seconds: float
    batch_size: int
    expert: str = ""
    shared: bool = False
    true_cfg_scale: float = 0.0
