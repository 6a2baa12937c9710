"""Bad input is refused before any work: the field's path, its value, and what is allowed."""

from __future__ import annotations

import math

import numpy as np

from l1probe.families import Family
from l1probe.samplers.sigmas import check_sigmas
from l1probe.serving.images import UnfitPicture, picture_size, read_image
from l1probe.serving.messages import cell_of
from l1probe.serving.starts import UnfitStart, check_start
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb

#: Longest prompt accepted, so that a pasted file by mistake costs no memory.
MAX_PROMPT_CHARACTERS = 20_000

#: How far 1000σ − 1 may lie from a whole timestep, where σ is the float32 that runs. Rounding to
#: float32 moves a whole thousandth by at most 3e-5 of a timestep. Describe reports it to clients.
TIMESTEP_TOLERANCE = 1e-4


class InvalidCell(ValueError):
    """A cell that this server will not run; the message is one sentence."""


def check_request(request: pb.RunRequest, family: Family, settings: Settings) -> None:
    """Raises InvalidCell with the first thing that is wrong with a request."""
    if not request.HasField("cell"):
        raise InvalidCell("cell is missing; send one")
    cell = request.cell
    _check_prompts(cell)
    _check_sigmas(cell, settings.max_steps)
    _check_choices(cell, family)
    if family.whole_timesteps:
        _check_whole_timesteps(cell, family)
    _check_size(cell, family, settings)
    _check_guidance(cell, family)
    _check_image(cell, family)
    _check_start(cell, family)
    for index, kind in enumerate(request.keep):
        if kind not in pb.ArtifactKind.values() or kind == pb.ARTIFACT_KIND_UNSPECIFIED:
            raise InvalidCell(
                f"keep[{index}] is {kind}; give VIDEO (1), LATENTS (2), TRACE (3) or STATES (4)"
            )
    _check_states(request)


def _check_prompts(cell: pb.Cell) -> None:
    for name in ("prompt", "negative_prompt"):
        length = len(getattr(cell, name))
        if length > MAX_PROMPT_CHARACTERS:
            raise InvalidCell(
                f"cell.{name} has {length} characters; at most {MAX_PROMPT_CHARACTERS} are accepted"
            )


def _check_sigmas(cell: pb.Cell, max_steps: int) -> None:
    count = len(cell.sigmas)
    if count > max_steps:
        raise InvalidCell(
            f"cell.sigmas has {count} values; this server runs at most {max_steps} (--max-steps)"
        )
    try:
        check_sigmas(cell.sigmas, "cell.sigmas")
    except ValueError as error:
        raise InvalidCell(str(error)) from None


def _check_choices(cell: pb.Cell, family: Family) -> None:
    if cell.sampler not in family.samplers:
        raise InvalidCell(
            f"cell.sampler is {cell.sampler!r}; {family.name} predicts {family.prediction} and "
            f"runs with {', '.join(family.samplers)}"
        )
    if cell.seed >= 2**32:
        raise InvalidCell(
            f"cell.seed is {cell.seed}; PyTorch reads only 32 bits of a seed; give one below 2^32"
        )
    if cell.solver_state not in (pb.SOLVER_STATE_FLOAT32, pb.SOLVER_STATE_STOCK):
        raise InvalidCell(
            f"cell.solver_state is {cell.solver_state}; give FLOAT32 (1) or STOCK (2)"
        )


def _check_whole_timesteps(cell: pb.Cell, family: Family) -> None:
    for index, sent in enumerate(cell.sigmas):
        timestep = float(np.float32(sent)) * 1000 - 1
        if round(timestep) < 0 or abs(timestep - round(timestep)) > TIMESTEP_TOLERANCE:
            raise InvalidCell(
                f"cell.sigmas[{index}] is {sent!r}; {family.name} predicts {family.prediction} at "
                "whole training timesteps t = 0 … 999, where σ = (t + 1)/1000; give whole "
                "thousandths"
            )


def _check_size(cell: pb.Cell, family: Family, settings: Settings) -> None:
    shape = family.shape
    for name, multiple, most in (
        ("height", shape.height_multiple, shape.max_height),
        ("width", shape.width_multiple, shape.max_width),
    ):
        value = getattr(cell, name)
        if most and value > most:
            raise InvalidCell(f"cell.{name} is {value}; the model samples at most {most}")
        if value == 0 or value % multiple:
            raise InvalidCell(
                f"cell.{name} is {value}; {family.name} needs a multiple of {multiple}"
            )
    if cell.height * cell.width > settings.max_pixels:
        raise InvalidCell(
            f"cell.height × cell.width is {cell.height * cell.width}; "
            f"this server runs at most {settings.max_pixels} (--max-pixels)"
        )
    if shape.frame_multiple == 0:
        if cell.frames != 1:
            raise InvalidCell(f"cell.frames is {cell.frames}; {family.name} makes images, give 1")
        return
    if shape.max_frames and cell.frames > shape.max_frames:
        raise InvalidCell(
            f"cell.frames is {cell.frames}; {family.name} makes at most {shape.max_frames} in one "
            "sampling loop; longer clips take several loops, each with its own schedule"
        )
    if cell.frames == 0 or (cell.frames - 1) % shape.frame_multiple:
        raise InvalidCell(
            f"cell.frames is {cell.frames}; {family.name} needs {shape.frame_multiple}k + 1"
        )
    if cell.frames < shape.min_frames:
        raise InvalidCell(
            f"cell.frames is {cell.frames}; {family.name} needs at least {shape.min_frames}"
        )
    if cell.frames > settings.max_frames:
        raise InvalidCell(
            f"cell.frames is {cell.frames}; this server runs at most {settings.max_frames} "
            "(--max-frames)"
        )


def _check_guidance(cell: pb.Cell, family: Family) -> None:
    if not cell.HasField("guidance_scale"):
        raise InvalidCell("cell.guidance_scale is missing; give 1 for no guidance")
    if not math.isfinite(cell.guidance_scale) or cell.guidance_scale < 0:
        raise InvalidCell(
            f"cell.guidance_scale is {cell.guidance_scale}; give a finite number of at least 0"
        )
    if cell.guidance_scale != 1 and not family.embedded_guidance:
        raise InvalidCell(
            f"cell.guidance_scale is {cell.guidance_scale}; {family.name} has no guidance embedding"
        )
    above = None
    for where, value in _true_cfg_scales(cell, family):
        if not math.isfinite(value) or value < 1:
            raise InvalidCell(
                f"{where} is {value}; give 1 for no true CFG, or a finite number above 1"
            )
        if value > 1:
            above = above or f"{where} is {value}"
    if above and not family.true_cfg:
        raise InvalidCell(f"{above}; {family.name} has no true CFG")
    if above and not cell.HasField("negative_prompt"):
        raise InvalidCell(
            f"cell.negative_prompt is missing while {above}; give one, which may be empty"
        )


def _true_cfg_scales(cell: pb.Cell, family: Family) -> list[tuple[str, float]]:
    """The cell's scales of true CFG, each with its path."""
    by_step, by_expert = cell.true_cfg_scales, cell.expert_true_cfg_scales
    ways = cell.HasField("true_cfg_scale") + bool(by_step) + bool(by_expert)
    if ways == 0:
        raise InvalidCell("cell.true_cfg_scale is missing; give 1 for no guidance")
    if ways > 1:
        raise InvalidCell(
            f"cell.true_cfg_scale is given in {ways} ways; give one of true_cfg_scale, "
            "true_cfg_scales and expert_true_cfg_scales"
        )
    if by_step and len(by_step) != len(cell.sigmas):
        raise InvalidCell(
            f"cell.true_cfg_scales has {len(by_step)} values; give one per step: {len(cell.sigmas)}"
        )
    experts = family.experts
    if by_expert and len(by_expert) != len(experts):
        how = f"one for each of {', '.join(experts)}" if experts else "true_cfg_scale instead"
        raise InvalidCell(
            f"cell.expert_true_cfg_scales has {len(by_expert)} values; {family.name} has "
            f"{len(experts) or 'no'} experts, give {how}"
        )
    if by_step:
        return [(f"cell.true_cfg_scales[{k}]", value) for k, value in enumerate(by_step)]
    if by_expert:
        return [(f"cell.expert_true_cfg_scales[{k}]", value) for k, value in enumerate(by_expert)]
    return [("cell.true_cfg_scale", cell.true_cfg_scale)]


def _check_start(cell: pb.Cell, family: Family) -> None:
    if not cell.HasField("start"):
        return
    kind = cell.start.kind
    if kind not in pb.StartKind.values() or kind == pb.START_KIND_UNSPECIFIED:
        raise InvalidCell(f"cell.start.kind is {kind}; give LATENTS (1), IMAGE (2) or CLIP (3)")
    read = cell_of(cell)
    assert read.start is not None
    try:
        check_start(read, read.start, family)
    except UnfitStart as error:
        raise InvalidCell(str(error)) from error


def _check_states(request: pb.RunRequest) -> None:
    wanted, steps = request.states_at, len(request.cell.sigmas)
    if (pb.ARTIFACT_KIND_STATES in request.keep) != bool(wanted):
        raise InvalidCell(
            f"states_at has {len(wanted)} values; give steps from 1 to {steps} if and only if keep "
            "has STATES (4)"
        )
    previous = 0
    for index, step in enumerate(wanted):
        if not previous < step <= steps:
            raise InvalidCell(
                f"states_at[{index}] is {step}; give rising numbers of steps from 1 to {steps}"
            )
        previous = step


def _check_image(cell: pb.Cell, family: Family) -> None:
    if not cell.HasField("image"):
        if family.needs_image:
            raise InvalidCell(
                f"cell.image is missing; {family.name} is conditioned by a picture, send a PNG, "
                f"JPEG or WebP of {cell.width}×{cell.height} pixels"
            )
        return
    if not family.needs_image:
        raise InvalidCell(f"cell.image has {len(cell.image)} bytes; {family.name} takes no picture")
    try:
        width, height = picture_size(cell.image)
        if (width, height) != (cell.width, cell.height):
            raise InvalidCell(
                f"cell.image has {width}×{height} pixels; the cell has {cell.width}×{cell.height}, "
                "and nothing is resized"
            )
        read_image(cell.image)
    except UnfitPicture as error:
        raise InvalidCell(
            f"cell.image has {len(cell.image)} bytes that {error}; send an opaque PNG, JPEG or "
            "WebP with 8 bits per colour"
        ) from error
