"""What a server runs before it serves, so that nothing compiles in the middle of a sweep."""

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

#: As negative prompts often are: text of one token, for which a graph for any length does not do.
EMPTY = ""


def default_sizes(family: Family) -> tuple[Size, ...]:
    """A small clip and, as its graphs are others, one frame of it where the family can make one."""
    clip = smallest_size(family)
    still = (*clip[:2], 1)
    return (clip,) if clip == still or family.shape.min_frames > 1 else (clip, still)


def smallest_size(family: Family) -> Size:
    """A small size whose height, width and frames all differ, so that none is taken for another."""
    shape = family.shape
    frames = 2 * shape.frame_multiple + 1 if shape.frame_multiple else 1
    if shape.max_frames:
        frames = min(frames, shape.max_frames)
    return _at_least(128, shape.height_multiple), _at_least(192, shape.width_multiple), frames


def check_sizes(family: Family, settings: Settings) -> None:
    """Before any work.

    Raises:
        CannotLoad: a size of `settings.warm_up` is none that a caller could ask for.
    """
    for size in settings.warm_up:
        try:
            check_request(pb.RunRequest(cell=_cell(family, size, SHORT, 0)), family, settings)
        except InvalidCell as error:
            raise CannotLoad(f"--warm-up {'x'.join(map(str, size))}: {error}") from error


def batches(family: Family, sizes: Sequence[Size], rows: Sequence[int]) -> Iterator[list[pb.Cell]]:
    """Cells of two steps that, run together, make every batch.

    Each size by each count of rows: of one prompt and, where text is padded, of two that differ in
    length and of empty ones.
    """
    # Equal seeds would share their first step and leave a batch smaller than it should be.
    seeds = itertools.count()
    for size in sizes:
        for count in rows:
            rounds = [[SHORT] * count]
            if family.padded_text:
                mixed = [LONG if k % 2 else SHORT for k in range(count)]
                rounds += [mixed] * (count > 1) + [[EMPTY] * count]
            for prompts in rounds:
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
