"""The bench's figures are those of its raw measurements."""

from __future__ import annotations

import pytest

from bench.table import lines, summary
from bench.work import Work

WORK = Work("model", "cpu", 64, 64, 9, (10,), 2, true_cfg_scale=1.0, guidance_scale=6.0)
STOCK = {
    "cell_seconds": [3.0, 5.0],
    "operations": 2e9,
    "rate": 1e11,
    "curves_alone": [[0.5, 0.25]],
    "curves_beside_another": [[0.5, 0.26]],
}


def swept(seconds: float, step_seconds: float) -> dict[str, object]:
    return {
        "seconds": seconds,
        "step_seconds": step_seconds,
        "shared_steps": 1,
        "batch_sizes": {1: 2, 2: 18},
        "peak_memory_bytes": 0,
    }


SERVED = {
    "with": [swept(2.0, 0.11), swept(1.0, 0.19)],
    "without": [swept(1.5, 0.10), swept(0.9, 0.20)],
    "stock_state": {"curves": [[0.5, 0.24]]},
    "sums_seconds": 0.005,
}


def test_times_are_of_the_best_sweep_and_shares_of_the_floor():
    figures = summary(WORK, STOCK, {"cell_seconds": [60.0, 20.0, 40.0]}, SERVED)
    assert figures["cell_seconds"] == {"stock": 4.0, "l1probe": 0.5, "article": 40.0}
    assert figures["times_the_cells_an_hour_of_stock"] == 8.0
    assert figures["times_the_cells_an_hour_of_the_article"] == 80.0
    # 20 forwards of 20 ms in 1 s; one of them was another cell's.
    share = figures["share_of_floor"]
    assert share["l1probe"] == pytest.approx(0.4)
    assert share["l1probe_without_sharing"] == pytest.approx(0.38)
    assert share["stock"] == pytest.approx(0.05)


def test_the_probes_cost_is_that_of_pairs_of_sweeps():
    overhead = summary(WORK, STOCK, None, SERVED)["overhead_of_statistics"]
    # +10 % and −5 %: mean 2.5 %, each 7.5 % from it, so the mean's standard error is 7.5 %.
    assert overhead["pairs"] == 2
    assert overhead["mean"] == pytest.approx(0.025)
    assert overhead["standard_error"] == pytest.approx(0.075)
    assert overhead["sums_alone"] == pytest.approx(0.005 * 20 / 1.0)


def test_differences_are_the_largest_and_every_figure_is_printed():
    figures = summary(WORK, STOCK, None, SERVED)
    assert figures["differences"]["stock_alone_and_beside_another"] == pytest.approx(0.04)
    assert figures["differences"]["stock_alone_and_l1probe"] == pytest.approx(0.04)
    text = "\n".join(lines(WORK, figures, SERVED))
    for figure in ("8.00 ×", "40.0% of the floor", "+2.50%", "± 7.50%", "10.000%", "1: 2, 2: 18"):
        assert figure in text
