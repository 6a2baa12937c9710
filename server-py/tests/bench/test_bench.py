"""`make bench` runs every contender, on few cells of the bundled model."""

from __future__ import annotations

import json
import subprocess
import sys

from conftest import SERVER_PY


def test_one_run_measures_all_and_keeps_what_it_measured(tmp_path):
    out = tmp_path / "bench.json"
    few = [
        "--frames",
        "1",
        "--cells",
        "2",
        "--repeats",
        "1",
        "--article-cells",
        "2",
        "--out",
        str(out),
    ]
    printed = subprocess.run(
        [sys.executable, "-m", "bench", *few, "--out", str(out)],
        cwd=SERVER_PY,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for what in ("(a) the article's script", "(b) the stock pipeline", "(c) l1probe", "sums alone"):
        assert what in printed
    report = json.loads(out.read_text())
    (result,) = report["results"]
    assert result["overhead_of_statistics"]["pairs"] == 1
    assert report["provenance"]["model"]["weights"] == "WEIGHTS_BUNDLED"
    # Batched and alone differ by rounding only.
    assert result["differences"]["stock_alone_and_l1probe"] < 1e-4
