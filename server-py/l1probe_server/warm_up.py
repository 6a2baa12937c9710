"""What a server runs before it serves, so that nothing compiles in the middle of a sweep."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence

from PIL import Image

from l1probe.v1 import probe_pb2 as pb
from l1probe_server.families import Family

#: Height, width and frames.
Size = tuple[int, int, int]

#: Two prompts of different length, since a batch that mixes lengths needs an attention mask.
SHORT, LONG = "a red circle", "a photo of an astronaut riding a horse on Mars."


def smallest_size(family: Family) -> Size:
    """A small size whose height, width and frames all differ, so that none is taken for another."""
    shape = family.shape
    frames = 2 * shape.frame_multiple + 1 if shape.frame_multiple else 1
    if shape.max_frames:
        frames = min(frames, shape.max_frames)
    return _at_least(128, shape.height_multiple), _at_least(192, shape.width_multiple), frames


def batches(family: Family, sizes: Sequence[Size], rows: Sequence[int]) -> Iterator[list[pb.Cell]]:
    """Cells of two steps that, run together, make every batch: each size, alike and mixed."""
    # Equal seeds would share their first step and leave a batch smaller than it should be.
    seeds = itertools.count()
    for size in sizes:
        for count in rows:
            yield [_cell(family, size, SHORT, next(seeds)) for _ in range(count)]
            if count > 1 and family.padded_text:
                prompts = [LONG if k % 2 else SHORT for k in range(count)]
                yield [_cell(family, size, prompt, next(seeds)) for prompt in prompts]


def _cell(family: Family, size: Size, prompt: str, seed: int) -> pb.Cell:
    height, width, frames = size
    picture = io.BytesIO()
    Image.new("RGB", (width, height)).save(picture, "PNG")
    return pb.Cell(
        prompt=prompt,
        # A second step has a difference to the first, and so other statistics.
        sigmas=[1.0, 0.5],
        sampler=family.samplers[0],
        solver_state=pb.SOLVER_STATE_FLOAT32,
        height=height,
        width=width,
        frames=frames,
        seed=seed,
        guidance_scale=1.0,
        true_cfg_scale=1.0,
        image=picture.getvalue() if family.needs_image else None,
    )


def _at_least(least: int, multiple: int) -> int:
    return -(-least // multiple) * multiple
