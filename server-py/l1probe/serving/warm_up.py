"""The cells that a server runs before it serves, so that nothing compiles during a sweep."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence

from PIL import Image

from l1probe.families import Family
from l1probe.serving.model_name import CannotLoad
from l1probe.serving.validation import InvalidCell, check_request
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb

#: Height, width and frames.
Size = tuple[int, int, int]

#: Two prompts of different length, since a batch that mixes lengths needs an attention mask.
SHORT, LONG = "a red circle", "a photo of an astronaut riding a horse on Mars."

#: A common negative prompt: one token, which a graph for any length does not cover.
EMPTY = ""


def default_sizes(family: Family) -> tuple[Size, ...]:
    """A small clip and, since its graphs differ, a single frame if the family can make one."""
    clip = smallest_size(family)
    still = (*clip[:2], 1)
    return (clip,) if clip == still or family.shape.min_frames > 1 else (clip, still)


def smallest_size(family: Family) -> Size:
    """A small size whose height, width and frames all differ, so that no graph confuses them."""
    shape = family.shape
    frames = 2 * shape.frame_multiple + 1 if shape.frame_multiple else 1
    if shape.max_frames:
        frames = min(frames, shape.max_frames)
    return _at_least(128, shape.height_multiple), _at_least(192, shape.width_multiple), frames


def check_sizes(family: Family, settings: Settings) -> None:
    """Checks the sizes of `--warm-up`, before any work.

    Raises:
        CannotLoad: the server would refuse a cell of such a size.
    """
    for size in settings.warm_up:
        try:
            check_request(pb.RunRequest(cell=_cell(family, size, SHORT, 0)), family, settings)
        except InvalidCell as error:
            raise CannotLoad(f"--warm-up {'x'.join(map(str, size))}: {error}") from error


def batches(family: Family, sizes: Sequence[Size], rows: Sequence[int]) -> Iterator[list[pb.Cell]]:
    """Batches of two-step cells that, run together, cover every graph.

    One batch per size and batch size with one prompt; if the family pads text, also one with
    prompts of two lengths and one with empty prompts.
    """
    # Equal seeds would share their first step and leave a batch smaller than it should be.
    seeds = itertools.count()
    for size in sizes:
        for count in rows:
            kinds = [[SHORT] * count]
            if family.padded_text:
                mixed = [LONG if k % 2 else SHORT for k in range(count)]
                kinds += [mixed] * (count > 1) + [[EMPTY] * count]
            for prompts in kinds:
                yield [_cell(family, size, prompt, next(seeds)) for prompt in prompts]


def _cell(family: Family, size: Size, prompt: str, seed: int) -> pb.Cell:
    height, width, frames = size
    picture = io.BytesIO()
    Image.new("RGB", (width, height)).save(picture, "PNG")
    return pb.Cell(
        prompt=prompt,
        # The second step has differences to the first, so its statistics compile too.
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
