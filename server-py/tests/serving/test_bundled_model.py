"""The bundled model moves as docs/article.md reports of video models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
from conftest import Bench, flow_shift, make_cell, ratio

from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

PROMPTS = (
    "a red circle moving right on a blue background",
    "a green square moving up on a white background",
    "a yellow triangle moving left on a black background",
    "a purple cross moving down on a gray background",
    "an orange circle moving up left on a brown background",
    "a white square moving down right on a green background",
    "a cyan triangle moving up right on a red background",
    "a blue cross moving down left on a white background",
)


@pytest.fixture(scope="module")
def curve() -> Iterator[Callable[[int, int, float], np.ndarray]]:
    """A metric's rel-L1 by step, the mean over PROMPTS, which are sampled as one batch."""
    bench = Bench(parse_settings(["--device", "cpu"]))

    @cache
    def mean_curves(steps: int, shift: float) -> dict[int, np.ndarray]:
        cells = [
            make_cell(flow_shift(shift, steps), prompt=prompt, frames=9, true_cfg_scale=1.0)
            for prompt in PROMPTS
        ]
        runs = [result.steps for result in bench.together(cells)]
        return {
            pb.DIFFERENCE_COND: np.mean(
                [[ratio(s, pb.DIFFERENCE_COND) for s in run[1:]] for run in runs], axis=0
            ),
            pb.DIFFERENCE_LATENT: np.mean(
                [[ratio(s, pb.DIFFERENCE_LATENT) for s in run] for run in runs], axis=0
            ),
        }

    yield lambda metric, steps, shift: mean_curves(steps, shift)[metric]
    bench.close()


def test_cond_at_50_steps_and_shift_1_is_u_shaped(curve):
    u = curve(pb.DIFFERENCE_COND, 50, 1.0)
    lowest = int(u.argmin())
    assert 0.1 < lowest / len(u) < 0.9
    assert u[0] >= 3 * u[lowest]
    assert u[-1] >= 3 * u[lowest]


@pytest.mark.parametrize("shift", [1.0, 7.0])
def test_more_steps_give_a_smaller_maximum(curve, shift):
    """The pair of docs/article.md, 10 and 20 steps.

    At 50 steps the last step ends so near to σ = 0 that the noise can no longer be told from
    the data; that rise belongs to the end point, not to the number of steps.
    """
    few, more = (curve(pb.DIFFERENCE_COND, steps, shift).max() for steps in (10, 20))
    assert more < few


def test_shift_7_gives_a_smaller_maximum_than_shift_1(curve):
    maximum = curve(pb.DIFFERENCE_COND, 10, 7.0).max()
    assert maximum < curve(pb.DIFFERENCE_COND, 10, 1.0).max()


@pytest.mark.parametrize("steps", [10, 20, 50])
def test_the_latent_follows_delta_sigma(curve, steps):
    delta = -np.diff([*flow_shift(7, steps), 0.0])
    latent = curve(pb.DIFFERENCE_LATENT, steps, 7.0)
    assert np.corrcoef(latent, delta)[0, 1] >= 0.95
