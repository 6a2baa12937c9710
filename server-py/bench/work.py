"""What every contender samples: the same cells of one model on one device."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

PROMPT = "a photo of an astronaut riding a horse on Mars."


@dataclass(frozen=True)
class Work:
    """Cells that differ only in shift and steps, as in a sweep over schedules.

    Attributes:
        model: as the server's `--model`.
        device: as the server's `--device`.
        height: pixels.
        width: pixels.
        frames: of each clip.
        steps: the cells cycle through these.
        cells: how many.
        true_cfg_scale: 1 is none.
        guidance_scale: of the distilled embedding; 1 is none.
    """

    model: str
    device: str
    height: int
    width: int
    frames: int
    steps: tuple[int, ...]
    cells: int
    true_cfg_scale: float
    guidance_scale: float

    @property
    def evaluations(self) -> int:
        """Forwards of one sample, over all cells."""
        ways = 2 if self.true_cfg_scale > 1 else 1
        return ways * sum(len(sigmas) for sigmas in self.schedules())

    @property
    def all_steps(self) -> int:
        """Denoising steps of all cells."""
        return sum(len(sigmas) for sigmas in self.schedules())

    def schedules(self) -> list[list[float]]:
        """Each cell's sigmas: flow shifts from 1 to 17, one per cell."""
        return [
            flow_shift(1 + 16 * cell / max(1, self.cells - 1), self.steps[cell % len(self.steps)])
            for cell in range(self.cells)
        ]

    def call(self) -> dict[str, Any]:
        """Arguments of HunyuanVideoPipeline that no schedule changes."""
        return {
            "prompt": PROMPT,
            "negative_prompt": "" if self.true_cfg_scale > 1 else None,
            "true_cfg_scale": self.true_cfg_scale,
            "guidance_scale": self.guidance_scale,
            "height": self.height,
            "width": self.width,
            "num_frames": self.frames,
        }


def flow_shift(shift: float, steps: int) -> list[float]:
    """s·t / (1 + (s − 1)·t) at t = 1 − i/N."""
    linear = [1 - i / steps for i in range(steps)]
    return [shift * t / (1 + (shift - 1) * t) for t in linear]


def parse_works(arguments: Sequence[str] | None = None) -> list[Work]:
    """The works that an orchestrating process passes on, as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("works", type=json.loads)
    rows: list[dict[str, Any]] = parser.parse_args(arguments).works
    return [Work(**{**row, "steps": tuple(row["steps"])}) for row in rows]


def as_json(works: Sequence[Work]) -> str:
    """What :func:`parse_works` reads."""
    return json.dumps([asdict(work) for work in works])
