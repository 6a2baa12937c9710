"""A contact sheet: a few clips, frames side by side, with their captions, as a small PNG.

`python -m training.sheet FOLDER` writes FOLDER/sheet.png.
"""

import argparse
import sys
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from . import folder as model_folder
from . import judge, world

COLUMNS = 2
FRAMES = (0, 2, 4, 6, 8)  # of nine
CAPTION_HEIGHT = 14  # pixels
GAP = 8  # pixels between columns
COLOURS_KEPT = 160  # of the PNG's palette; keeps the file small


def draw(folder: Path, count: int, device: torch.device) -> Image.Image:
    """Clips of held-out captions at the judged setting."""
    pipeline = model_folder.load(folder, device)
    scenes = world.held_out_scenes(count, seed=33)
    size = judge.USUAL
    clips = judge.sample(pipeline, model_folder.call_defaults(folder), scenes, size, seed=900)

    column = len(FRAMES) * size.width + GAP
    row = size.height + CAPTION_HEIGHT
    rows = -(-count // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * column - GAP, rows * row), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (scene, clip) in enumerate(zip(scenes, clips, strict=True)):
        left, top = place % COLUMNS * column, place // COLUMNS * row
        pen.text((left + 1, top + 1), world.caption(scene), fill="black")
        for k, frame in enumerate(FRAMES):
            pixels = (clip[frame] * 255).round().byte().permute(1, 2, 0).numpy()
            sheet.paste(Image.fromarray(pixels), (left + k * size.width, top + CAPTION_HEIGHT))
    return sheet.quantize(COLOURS_KEPT, dither=Image.Dither.NONE)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.sheet", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args(arguments)
    sheet = draw(options.folder, options.count, torch.device(options.device))
    sheet.save(options.folder / "sheet.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
