"""Observes the bundled model and prints the rows; for the client's tests.

    cd server-py && ../.venv/bin/python tests/observe/print_rows.py < cells.json
    cd server-py && ../.venv/bin/python tests/observe/print_rows.py --read runs/story

Standard input is a JSON list of cells with the keys of a manifest. One line per evaluation is
printed as `l1probe export --format jsonl` does. With `--read`, the rows of a record are printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import l1probe
from l1probe.settings import BUNDLED_MODEL

AS_IN_A_CALL = (
    *("prompt", "negative_prompt", "height", "width"),
    *("guidance_scale", "true_cfg_scale"),
)


def observed(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # Reading a record needs neither.
    import torch
    from diffusers import HunyuanVideoPipeline

    pipe = HunyuanVideoPipeline.from_pretrained(BUNDLED_MODEL, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    frames = []
    for cell in cells:
        with l1probe.observe(pipe, sigmas=cell["sigmas"], sampler=cell["sampler"]) as trace:
            pipe(
                **{name: cell[name] for name in AS_IN_A_CALL},
                num_frames=cell["frames"],
                # As server-py/models/tiny/call_defaults.json has it.
                max_sequence_length=16,
                generator=torch.Generator().manual_seed(cell["seed"]),
                output_type="latent",
            )
        frames.append(trace.to_dataframe())
    return [row for frame in frames for row in _rows(frame)]


def _rows(frame: Any) -> list[dict[str, Any]]:
    return [
        {name: _or_null(value) for name, value in row.items()} for row in frame.to_dict("records")
    ]


def _or_null(value: Any) -> Any:
    return None if value != value else value


def main() -> None:
    reads = sys.argv[1:2] == ["--read"]
    for row in _rows(l1probe.read(sys.argv[2])) if reads else observed(json.load(sys.stdin)):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
