"""A call of a stock pipeline, read back as the cell that it is."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from l1probe.families.cell import Cell
from l1probe.families.family import Family
from l1probe.records.rows import Value

#: A cell whose values are found again among the arguments that a family makes of it.
_PROBE = Cell(
    prompt="prompt",
    negative_prompt="negative prompt",
    sigmas=(1.0, 0.5),
    height=1001,
    width=1002,
    frames=1003,
    guidance_scale=904.5,
    true_cfg_scale=1005.5,
)
_AXES = (
    "prompt",
    "negative_prompt",
    "height",
    "width",
    "frames",
    "guidance_scale",
    "true_cfg_scale",
)


@dataclass(frozen=True)
class Call:
    """The arguments of one call of a pipeline, defaults included.

    Attributes:
        arguments: by name.
        given: names that the caller passed.
        seed: of the call's generator, if it is a CPU generator that had drawn nothing yet.
    """

    arguments: Mapping[str, Any]
    given: frozenset[str]
    seed: int | None


def read_call(pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
    """Binds a call's arguments to the pipeline's own signature.

    Raises:
        TypeError: they do not fit it.
        ValueError: the call makes more than one clip.
    """
    signature = inspect.signature(type(pipeline).__call__)
    bound = signature.bind(pipeline, *args, **kwargs)
    given = frozenset(bound.arguments)
    bound.apply_defaults()
    arguments = dict(list(bound.arguments.items())[1:])
    prompts, embeddings = arguments.get("prompt"), arguments.get("prompt_embeds")
    counts = {
        "prompt": len(prompts) if isinstance(prompts, list | tuple) else 1,
        "prompt_embeds": len(embeddings) if isinstance(embeddings, torch.Tensor) else 1,
        "num_videos_per_prompt": arguments.get("num_videos_per_prompt") or 1,
        "num_images_per_prompt": arguments.get("num_images_per_prompt") or 1,
    }
    for name, count in counts.items():
        if count != 1:
            raise ValueError(
                f"l1probe.observe measures one clip per call, and {name} makes {count}; call the "
                "pipeline once for each"
            )
    # Now, since the pipeline draws from the generator before or after it sets its schedule.
    return Call(arguments, given, _seed_of(arguments.get("generator")))


def _seed_of(generator: Any) -> int | None:
    if isinstance(generator, list) and len(generator) == 1:
        generator = generator[0]
    if not isinstance(generator, torch.Generator) or generator.device.type != "cpu":
        return None
    seed = generator.initial_seed()
    fresh = torch.Generator("cpu").manual_seed(seed)
    return seed if torch.equal(generator.get_state(), fresh.get_state()) else None


def axes_of(call: Call, family: Family) -> dict[str, Value]:
    """The axes of the cell that a call is, as far as its arguments say them.

    A family turns a cell into arguments; where each axis went is read from what it makes of
    a cell of known values.
    """
    made = family.arguments(_PROBE, None)
    known = {axis: getattr(_PROBE, axis) for axis in _AXES}
    known["true_cfg_scale"] -= family.cfg_offset
    went = {
        axis: name
        for axis, known_value in known.items()
        for name, value in made.items()
        if type(value) is type(known_value) and value == known_value
    }
    axes = {axis: _single(call.arguments.get(name)) for axis, name in went.items()}
    if axes.get("true_cfg_scale") is not None:
        axes["true_cfg_scale"] += family.cfg_offset
    # 1 means none in a cell, whatever the pipeline's own default is.
    if not family.embedded_guidance:
        axes["guidance_scale"] = 1.0
    if not family.true_cfg:
        axes["true_cfg_scale"] = 1.0
    if not family.shape.frame_multiple:
        axes["frames"] = 1
    elif axes.get("frames") is None:
        axes["frames"] = call.arguments.get("num_frames")
    axes["seed"] = call.seed
    return {axis: value for axis, value in axes.items() if value is not None}


def model_name(pipeline: Any) -> str | None:
    """What a pipeline was loaded from: a folder's name or a hub id."""
    name = getattr(pipeline.config, "_name_or_path", None)
    if not name:
        return None
    return Path(name).resolve().name if Path(name).exists() else str(name)


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
