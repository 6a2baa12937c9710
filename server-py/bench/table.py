"""The measurements as text."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from statistics import mean, median, stdev
from typing import Any

from bench.work import Work


def summary(work: Work, stock: Any, article: Any, served: Any) -> dict[str, Any]:
    """Figures of one work from the parts' raw measurements.

    The floor of a sample is the stock pipeline's operations per forward, divided by the rate of a
    large matrix product in the same run. Differences of curves are relative; the largest over cells
    and steps counts.
    """
    seconds = min(sweep["seconds"] for sweep in served["with"])
    floor = stock["operations"] / stock["rate"]
    stock_seconds = sum(stock["cell_seconds"])
    figures: dict[str, Any] = {
        "cell_seconds": {"stock": stock_seconds / work.cells, "l1probe": seconds / work.cells},
        "row_milliseconds": {
            "floor": 1e3 * floor,
            "stock": 1e3 * stock_seconds / work.evaluations,
            "l1probe": 1e3 * seconds / work.evaluations,
        },
        "share_of_floor": {
            "stock": floor * work.evaluations / stock_seconds,
            "l1probe": floor * work.evaluations / seconds,
            "l1probe_without_sharing": floor * (work.evaluations - _spared(work, served)) / seconds,
        },
        "times_the_cells_an_hour_of_stock": stock_seconds / seconds,
        "overhead_of_statistics": {
            **_overhead(served),
            "sums_alone_seconds_a_step": served["sums_seconds"],
            "sums_alone": served["sums_seconds"] * work.all_steps / seconds,
        },
        "differences": {
            "stock_alone_and_beside_another": _difference(
                stock["curves_alone"], stock["curves_beside_another"]
            ),
            "stock_alone_and_l1probe": _difference(
                stock["curves_alone"], served["stock_state"]["curves"]
            ),
        },
    }
    if article is not None:
        cell = median(article["cell_seconds"])
        figures["cell_seconds"]["article"] = cell
        figures["times_the_cells_an_hour_of_the_article"] = cell * work.cells / seconds
    return figures


def lines(work: Work, figures: dict[str, Any], served: Any) -> Iterator[str]:
    """The figures of one work, labelled, one line each."""
    cells, rows, share = (
        figures[name] for name in ("cell_seconds", "row_milliseconds", "share_of_floor")
    )
    cfg = f", true CFG {work.true_cfg_scale:g}" if work.true_cfg_scale > 1 else ""
    steps = " and ".join(map(str, work.steps))
    size = f"{work.height}×{work.width}, {work.frames} frames"
    yield f"{size}, {steps} steps{cfg}: {work.cells} cells"
    if "article" in cells:
        times = figures["times_the_cells_an_hour_of_the_article"]
        yield f"  (a) the article's script    {cells['article']:8.3f} s per cell"
        yield f"      cells per hour, (c):(a) {times:8.1f} ×"
    yield (
        f"  (b) the stock pipeline      {cells['stock']:8.3f} s per cell "
        f"{rows['stock']:8.2f} ms per sample {share['stock']:6.1%} of the floor"
    )
    yield (
        f"  (c) l1probe                 {cells['l1probe']:8.3f} s per cell "
        f"{rows['l1probe']:8.2f} ms per sample {share['l1probe']:6.1%} of the floor "
        f"({share['l1probe_without_sharing']:.1%} counting computed evaluations only)"
    )
    yield f"      cells per hour, (c):(b) {figures['times_the_cells_an_hour_of_stock']:8.2f} ×"
    yield f"      the floor                        {'':11} {rows['floor']:8.2f} ms per sample"
    overhead = figures["overhead_of_statistics"]
    yield (
        f"      statistics cost         {overhead['mean']:+8.2%} of a step "
        f"± {overhead['standard_error']:.2%}, {overhead['pairs']} pairs of sweeps"
    )
    yield (
        f"      their sums alone        {overhead['sums_alone']:8.3%}, "
        f"{1e6 * overhead['sums_alone_seconds_a_step']:.0f} µs per step"
    )
    sizes = served["with"][-1]["batch_sizes"]
    yield f"      batch size: steps        {', '.join(f'{k}: {v}' for k, v in sizes.items())}"
    peak = served["with"][-1]["peak_memory_bytes"]
    if peak:
        yield f"      peak memory             {peak / 2**30:8.1f} GiB"
    pair = figures["differences"]
    yield (
        f"  curves differ from (b)'s by up to {pair['stock_alone_and_l1probe']:.1e}; (b) alone and "
        f"batched with a second sample differ by {pair['stock_alone_and_beside_another']:.1e}"
    )


def _overhead(served: Any) -> dict[str, Any]:
    """How much longer a step takes with statistics than without, over pairs of sweeps."""
    ratios = [
        one["step_seconds"] / other["step_seconds"] - 1
        for one, other in zip(served["with"], served["without"], strict=True)
    ]
    error = stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else nan
    return {"mean": mean(ratios), "standard_error": error, "pairs": len(ratios)}


def _spared(work: Work, served: Any) -> int:
    ways = 2 if work.true_cfg_scale > 1 else 1
    return ways * served["with"][-1]["shared_steps"]


def _difference(one: list[list[float]], other: list[list[float]]) -> float:
    return max(
        abs(a - b) / abs(b)
        for first, second in zip(one, other, strict=False)
        for a, b in zip(second, first, strict=True)
    )
