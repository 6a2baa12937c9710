"""Runs each contender in its own process, prints the table and writes the figures.

make bench                              # the bundled model on a CPU, full size on a GPU
python -m bench --model random:hunyuan-video --frames 1 17
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.served import described, measured, server, sweep
from bench.table import lines, summary
from bench.work import Work, as_json
from l1probe.settings import BUNDLED_MODEL

SERVER_PY = Path(__file__).resolve().parent.parent


def main() -> int:
    # Threads that spin while waiting would slow down (a) and (b), as they would the server.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    args = parse()
    works = works_of(args)
    began = time.perf_counter()
    stock = process("bench.stock", as_json(works))
    article: list[Any] = [None] * len(works)
    if not args.skip_article:
        # Its cells are slow and repeatable, and only the first size is that of the article.
        article[0] = process(
            "bench.article", as_json([replace(works[0], cells=args.article_cells)])
        )[0]
    say(f"stock and article measured after {time.perf_counter() - began:.0f} s")
    with server(works[0], args.server_flags) as stub:
        say(f"serving after {time.perf_counter() - began:.0f} s")
        provenance = described(stub)
        repeats = for_each(works, args.repeats)
        results, served = [], []
        for i, work in enumerate(works):
            ours = serve(stub, work, 1000 * i, repeats[i])
            ours["sums_seconds"] = sums_alone(args.device, provenance, ours)
            figures = summary(work, stock[i], article[i], ours)
            # Printed at once, so that an interrupted run still shows what it measured.
            print(*lines(work, figures, ours), sep="\n", flush=True)
            results.append({"work": json.loads(as_json([work]))[0], **figures})
            served.append(ours)
        forwards = measured(stub)
    report = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.platform(),
        "provenance": provenance,
        "rate_operations_a_second": stock[0]["rate"],
        "operations_a_row": [one["operations"] for one in stock],
        "results": results,
        "forwards": forwards,
        "raw": {"stock": stock, "article": article, "served": served},
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    say(f"{args.out}: all figures, after {time.perf_counter() - began:.0f} s")
    return 0


def serve(stub: Any, work: Work, seed: int, repeats: int) -> dict[str, Any]:
    """Pairs of sweeps with and without statistics, after a warm-up sweep."""
    found: dict[str, Any] = {"with": [], "without": []}
    sweep(stub, work, seed)
    for repeat in range(repeats):
        # Alternate which comes first, since a device that warms up would favour the second.
        for statistics in (False, True) if repeat % 2 else (True, False):
            number = seed + 1 + 2 * repeat + statistics
            found["with" if statistics else "without"].append(sweep(stub, work, number, statistics))
        ratio = found["with"][-1]["step_seconds"] / found["without"][-1]["step_seconds"]
        say(f"{work.frames} frames, pair {repeat + 1} of {repeats}: step time × {ratio:.4f}")
    found["stock_state"] = sweep(stub, work, 0, stock_state=True)
    return found


def sums_alone(device: str, provenance: dict[str, Any], served: Any) -> float:
    """Seconds of the statistics of one cell's step."""
    request = {
        "device": device,
        "compiled": provenance.get("compiled", False),
        "size": served["with"][-1]["sums"],
    }
    return process("bench.sums", json.dumps(request))


def process(module: str, argument: str) -> Any:
    """Runs a module's measurement in its own process, so that its memory is freed."""
    found = subprocess.check_output(
        [sys.executable, "-m", module, argument], cwd=SERVER_PY, text=True
    )
    return json.loads(found.splitlines()[-1])


def works_of(args: argparse.Namespace) -> list[Work]:
    """The bundled model's sweep on a CPU; the article's sizes at full size on a GPU."""
    if args.model is None:
        import torch

        args.model = "random:hunyuan-video" if torch.cuda.is_available() else str(BUNDLED_MODEL)
    if args.model == str(BUNDLED_MODEL):
        size = {"height": 64, "width": 64, "steps": (10, 20), "true_cfg_scale": 3.0}
        frames, guidance = args.frames or [9], 1.0
    else:
        size = {"height": 320, "width": 512, "steps": (10,), "true_cfg_scale": 1.0}
        frames, guidance = args.frames or [1, 17], 6.0
    base = Work(
        model=args.model,
        device=args.device,
        frames=1,
        cells=16,
        guidance_scale=guidance,
        **size,
    )
    counts = args.cells or ([16] if base.true_cfg_scale > 1 else [16, 8])
    pairs = zip(frames, for_each(frames, counts), strict=True)
    return [replace(base, frames=count, cells=cells) for count, cells in pairs]


def for_each(things: Sequence[Any], values: Sequence[int]) -> list[int]:
    """One value per thing; the last value is repeated if there are too few."""
    return [values[min(i, len(values) - 1)] for i in range(len(things))]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="as the server's; default: bundled (CPU) or random (GPU)")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--frames", type=int, nargs="+")
    parser.add_argument("--cells", type=int, nargs="+", help="one per --frames")
    parser.add_argument(
        "--repeats",
        type=int,
        nargs="+",
        default=[3, 12],
        help="one per --frames: pairs of sweeps with and without statistics; the best counts",
    )
    parser.add_argument("--article-cells", type=int, default=3, help="the first warms up")
    parser.add_argument("--skip-article", action="store_true")
    parser.add_argument("--out", type=Path, default=SERVER_PY.parent / "runs" / "bench.json")
    args, flags = parser.parse_known_args()
    args.server_flags = flags
    return args


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
