"""The order of convergence of each sampler, measured on a flow with a known solution.

Order: log₂ of the ratio of the errors of 192 and 384 steps. The error is the root mean square
over data narrower and wider than the noise (s = 0.5 and 2) and, for samplers that follow the
flow, over points between ±2 standard deviations. For stochastic ones it is the error of the
standard deviation of what they end with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import flow_shift
from gaussian_flow import GaussianFlow, solve
from linear_response import law_of_the_end

from l1probe.families.family import FLOW_SAMPLERS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "samplers.md"
STEPS = (192, 384)
MEAN = 0.3
DEVIATIONS = (0.5, 2.0)
STOCHASTIC = ("euler-stochastic", "dpm++sde")

#: Measured elsewhere on another Gaussian flow, uniform and shift 7. None: erratic, since errors
#: of opposite sign cancel at some numbers of steps.
PUBLISHED: dict[str, tuple[float, float | None]] = {
    "euler": (1.00, 1.00),
    "heun": (2.01, 1.98),
    "dpm++2m": (1.80, 1.42),
    "unipc": (2.00, 1.53),
    "deis": (1.82, None),
    "deis3": (2.02, 1.59),
}

#: What theory gives where every σ is in [.05, .95]. UniPC's corrector adds one to its 2; the
#: others begin with a step of first order, which costs any of them more than order 2.
INSIDE = {"euler": 1, "heun": 2, "dpm++2m": 2, "unipc": 3, "deis": 2, "deis3": 2}


@dataclass(frozen=True)
class Measured:
    """Orders between 192 and 384 steps, and errors at 384."""

    uniform: float
    shift_7: float
    inside: float | None
    error_uniform: float
    error_shift_7: float

    @property
    def numbers(self) -> list[str]:
        """As documented."""
        orders = [self.uniform, self.shift_7, self.inside]
        errors = [self.error_uniform, self.error_shift_7]
        return ["–" if o is None else f"{o:.2f}" for o in orders] + [f"{e:.1e}" for e in errors]


def error(sampler: str, sigmas: list[float], leave_out: int = 0) -> float:
    if sampler in STOCHASTIC:
        return root_mean_square(
            [law_of_the_end(sampler, sigmas, MEAN, s)[1] - s for s in DEVIATIONS]
        )
    flow = GaussianFlow(MEAN, np.repeat(DEVIATIONS, 9))
    start, end = float(np.float32(sigmas[0])), float(np.float32(sigmas[-1])) if leave_out else 0.0
    # Points of one quantile, so that each width has the same weight.
    quantiles = np.tile(np.linspace(-2, 2, 9), len(DEVIATIONS)).reshape(1, 1, -1)
    x = (1 - start) * MEAN + np.sqrt(flow.variance(start)) * quantiles
    got = solve(sampler, sigmas, x, flow.velocity, leave_out=leave_out)
    return root_mean_square(got - flow.exact(x, start, end))


def root_mean_square(values: np.ndarray | list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def order(errors: list[float]) -> float:
    return math.log2(errors[0] / errors[1])


def measure(sampler: str) -> Measured:
    uniform = [error(sampler, flow_shift(1, n)) for n in STEPS]
    shifted = [error(sampler, flow_shift(7, n)) for n in STEPS]
    inside = None
    if sampler not in STOCHASTIC:
        grids = [np.linspace(0.95, 0.05, n + 1).tolist() for n in STEPS]
        # Without the call that goes from .05 to the implied 0.
        inside = order([error(sampler, grid, leave_out=1) for grid in grids])
    return Measured(order(uniform), order(shifted), inside, uniform[1], shifted[1])


@pytest.fixture(scope="module")
def measured() -> dict[str, Measured]:
    return {sampler: measure(sampler) for sampler in FLOW_SAMPLERS}


def test_the_measured_orders_are_printed_and_are_those_documented(measured, capsys):
    header = ["sampler", "uniform", "shift 7", "[.95, .05]", "error, uniform", "error, shift 7"]
    rows = [header, *([name, *m.numbers] for name, m in measured.items())]
    with capsys.disabled():
        print("\norder of convergence, 192 → 384 steps; error at 384 steps")
        for row in rows:
            print("  " + row[0].ljust(18) + "".join(cell.rjust(16) for cell in row[1:]))
    documented = {
        cells[0].strip("`"): cells[1:]
        for line in DOCUMENT.read_text().splitlines()
        if len(cells := [c.strip() for c in line.strip("| ").split("|")]) == len(header)
        and re.match(r"`[^`]+`$", cells[0])
    }
    assert documented.keys() == measured.keys()
    for name, m in measured.items():
        for said, got in zip(documented[name], m.numbers, strict=True):
            assert said == got == "–" or float(said) == pytest.approx(float(got), rel=0.03), name


@pytest.mark.parametrize("sampler", PUBLISHED)
def test_the_order_is_the_published_one(measured, sampler):
    uniform, shift_7 = PUBLISHED[sampler]
    assert measured[sampler].uniform == pytest.approx(uniform, abs=0.1)
    if shift_7 is not None:
        assert measured[sampler].shift_7 == pytest.approx(shift_7, abs=0.2)


@pytest.mark.parametrize("sampler", INSIDE)
def test_the_order_is_that_of_theory_away_from_the_ends(measured, sampler):
    assert measured[sampler].inside == pytest.approx(INSIDE[sampler], abs=0.2)


@pytest.mark.parametrize("sampler", [name for name in INSIDE if INSIDE[name] > 1])
def test_a_higher_order_pays_at_384_steps(measured, sampler):
    assert measured[sampler].error_uniform < measured["euler"].error_uniform / 20
    assert measured[sampler].error_shift_7 < measured["euler"].error_shift_7 / 5


def test_the_sde_solver_approaches_the_data_and_stochastic_euler_does_not(measured):
    assert measured["dpm++sde"].uniform > 1.5
    assert measured["dpm++sde"].shift_7 > 1.2
    assert measured["euler-stochastic"].uniform < 0.1
    assert measured["euler-stochastic"].shift_7 < 0.1
