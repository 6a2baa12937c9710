"""The model card, README.md of a model folder, written from the folder's record.

`python -m training.card FOLDER` writes it anew.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from . import folder as model_folder

HEAD = """\
---
license: apache-2.0
library_name: diffusers
pipeline_tag: text-to-video
---

# tiny: a HunyuanVideo of six million weights

A text-to-video model with HunyuanVideo's own architecture and pipeline classes, trained from
scratch on drawn clips of one coloured shape that moves over a plain background. It exists so
that l1probe can show, on any computer and within seconds, how the sampling of a *trained* video
diffusion model moves step by step.

{sheet}
## Use

It is a plain diffusers folder:

```python
import torch
from diffusers import HunyuanVideoPipeline

pipeline = HunyuanVideoPipeline.from_pretrained("server-py/models/tiny", dtype=torch.float32)
video = pipeline(
    prompt="a red circle moving right on a blue background",
    negative_prompt="",
    true_cfg_scale=3.0,
    num_frames=9,
    height=64,
    width=64,
    num_inference_steps=20,
    max_sequence_length=16,
    generator=torch.Generator().manual_seed(0),
).frames[0]
```

Name float32 explicitly on a CPU: without it the text encoders stay in float16.
`call_defaults.json` holds the keyword that makes a call fast here (16 text tokens instead of
256); captions fit into 16. With several prompts, `negative_prompt` must be a list as long.

It was trained on 1 to 17 frames and 64 to 96 pixels; 1 to 33 frames work. Eight clips like the
one above, in one call, took 4.6 s on one CPU thread. A caption is

    a [small|big] COLOUR SHAPE [moving [slowly|quickly] DIRECTION] [on a BACKGROUND background]

| | |
| --- | --- |
| COLOUR | red, green, blue, yellow, purple, orange, white, cyan |
| SHAPE | circle, square, triangle, cross |
| DIRECTION | right, down right, down, down left, left, up left, up, up right |
| BACKGROUND | black, gray, white, blue, green, red, purple, brown |

("an" before orange.) One in sixteen combinations of colour, shape, direction and background was
never shown in training; all figures for prompts below are from those.
"""

LIMITS = """\
## What it is not

- Not a small HunyuanVideo in what it can show: outside its captions it knows nothing, and other
  words give arbitrary shapes.
- Numbers measured on it say nothing quantitative about the real model. The kind of curve is
  alike (large changes at both ends of the noise scale, small ones between); heights, places and
  best shifts are its own.
- `guidance_scale`, the distilled embedding, does nothing: training fed it at random. True
  classifier-free guidance (`negative_prompt` with `true_cfg_scale` > 1) works.
- The last two layers of the Llama encoder and its final norm are untrained, as the pipeline
  never reads them.
- Made for 64 to 96 pixels. At 48 and 112 most clips are still right, at 32 about half, and at
  128 shapes fall apart.
- Without true classifier-free guidance about one shape in ten is wrong.
- The background's shade and the shape's place are free: they vary with the seed.

Licence: Apache-2.0, as the rest of this repository. All clips and captions it was trained on
were drawn by `server-py/training/world.py`; no other data and no other weights went in.
"""


def write(folder: Path) -> None:
    """Write README.md beside the record."""
    (folder / "README.md").write_text(render(folder), encoding="utf-8")


def render(folder: Path) -> str:
    record = model_folder.read_record(folder)
    has_sheet = (folder / "sheet.png").exists()
    sheet = "![Clips of captions it was never trained on](sheet.png)\n\n" if has_sheet else ""
    parts = [HEAD.replace("{sheet}", sheet), _made(record)]
    if record["figures"]:
        parts.append(figures_text(record["figures"]))
    return "\n".join([*parts, LIMITS])


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _made(record: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    parameters = ", ".join(f"{n} {count:,}" for n, count in record["parameters"].items())
    trained = ", ".join(
        f"{name} {steps:,} steps in {record['seconds'][name]:.0f} s"
        for name, steps in record["steps"].items()
    )
    rows: list[list[object]] = [
        ["command", "`python -m training --out models/tiny`, in `server-py`"],
        ["date", record["date"]],
        ["commit of the training code", record["commit"] or "not known"],
        ["machine", record["machine"]],
        ["time", f"{record['seconds']['all']:.0f} s: {trained}"],
        ["seed", record["seed"]],
        ["versions", versions],
        ["parameters", parameters],
        ["saved as", "float16"],
    ]
    return (
        "## How it was made\n\n"
        + _table(["", ""], rows)
        + "\nFirst the autoencoder (absolute and squared error, more weight on the shape, a little"
        " KL),\nthen transformer and both text encoders together by flow matching on cached"
        " latents. Sizes,\nbatches and rates are in `server-py/training/recipe.py`. The budgets"
        " are seconds, so another\nmachine makes another number of steps.\n"
    )


def figures_text(figures: dict[str, Any]) -> str:
    """The judge's figures as tables."""
    percent = "{:.0%}".format
    reconstruction: list[list[object]] = [
        [size, f"{row['psnr']:.1f}", f"{row['region_psnr']:.1f}"]
        for size, row in figures["reconstruction"].items()
    ]
    names = ("colour", "shape", "direction", "background", "all")
    prompts: list[list[object]] = [
        [_setting(setting), row["clips"], *(percent(row[name]) for name in names)]
        for setting, row in figures["prompts"].items()
    ]
    curves: list[list[object]] = [
        [name, row["first"], _lowest(row), row["last"], row["maximum"]]
        for name, row in figures["curves"].items()
    ]
    parts = [
        "## Figures\n",
        f"By `python -m training.judge models/tiny`, in float32 on {figures['judged_on']}.\n",
        "Reconstruction of drawn clips by the autoencoder, PSNR in dB, whole and weighted to the\n"
        "shape and 2.5 pixels around it (frames x height x width):\n",
        _table(["clip", "whole", "shape"], reconstruction),
        "Clips made from held-out captions: how often what they show, as measured, is what was\n"
        "asked for (a still picture's direction counts as right):\n",
        _table(["clip and setting", "clips", *names], prompts),
        "Change of the conditional prediction from step to step, sum|v_k - v_k-1| / sum|v_k-1|,\n"
        "mean over held-out prompts:\n",
        _table(["setting", "first", "minimum", "last", "maximum"], curves),
    ]
    for cfg, distances in figures.get("distances", {}).items():
        parts += [
            f"Relative L2 distance of the final latents from those of 500 steps, {cfg}:\n",
            _distances(distances),
        ]
    return "\n".join(parts)


def _lowest(curve: dict[str, Any]) -> str:
    return f"{curve['minimum']} (step {curve['minimum_step']})"


def _setting(name: str) -> str:
    """The setting without the seed, which only keeps two judgements apart."""
    return name.split(" seed")[0]


def _distances(distances: dict[str, float]) -> str:
    cells = {tuple(name.split()[1::2]): value for name, value in distances.items()}
    shifts = list(dict.fromkeys(shift for _, shift in cells))
    rows: list[list[object]] = [
        [steps, *(f"{cells[steps, shift]:.3f}" for shift in shifts)]
        for steps in dict.fromkeys(steps for steps, _ in cells)
    ]
    return _table(["steps", *(f"shift {shift}" for shift in shifts)], rows)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.card", description=__doc__)
    parser.add_argument("folder", type=Path)
    write(parser.parse_args(arguments).folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
