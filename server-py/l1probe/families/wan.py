"""Wan, text to video (arXiv:2503.20314): true CFG in two forwards, no guidance embedding.

Its pipeline calls the scale of true CFG `guidance_scale` and takes no sigmas. It would round sizes
and frames that do not fit, so they are refused beforehand. Wan2.2's large model has two experts,
`transformer` for t ≥ 1000 · boundary_ratio and `transformer_2` below, so a schedule moves the
split. Its small model (TI2V-5B) gives every token its own timestep; in text to video all are equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from PIL.Image import Image

from l1probe.families.cell import Cell
from l1probe.families.encoding import standardized
from l1probe.families.family import (
    Family,
    Shape,
    UnsupportedPipeline,
    frames_on_axis,
    video_arguments,
)
from l1probe.families.latent_shape import LatentShape, video_latents
from l1probe.families.text_input import TextInput, cleaned, max_sequence_length


def wan_arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    """The arguments of both pipelines; one scale serves both experts."""
    return video_arguments(cell, guidance_scale=cell.true_cfg_scale)


def wan_shape(pipeline: Any) -> Shape:
    """Sizes that give whole patches of whole latents and pass the pipeline's own check.

    Raises:
        UnsupportedPipeline: the pipeline has a boundary and lacks the expert on one side of it.
    """
    boundary = pipeline.config.boundary_ratio
    if pipeline.transformer is None or (boundary is not None and pipeline.transformer_2 is None):
        missing = "transformer_2" if pipeline.transformer else "transformer"
        raise UnsupportedPipeline(
            f"the model lacks {missing}; with a boundary_ratio of {boundary} its pipeline uses "
            "transformer above and transformer_2 below, so load it with both"
        )
    _, rows, columns = pipeline.transformer.config.patch_size
    scale = pipeline.vae_scale_factor_spatial
    return Shape(
        height_multiple=math.lcm(16, scale * rows),
        width_multiple=math.lcm(16, scale * columns),
        frame_multiple=pipeline.vae_scale_factor_temporal,
    )


def wan_default_schedule(config: Mapping[str, Any]) -> str:
    """The schedule that the scheduler chooses itself, since the pipelines pass no sigmas.

    UniPC shifts a grid from 1 towards .001; Euler shifts a grid that is already shifted.
    """
    spaced = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
    if any(config.get(name) for name in ("use_dynamic_shifting", "shift_terminal", *spaced)):
        return ""
    if config.get("use_flow_sigmas") and "predict_x0" in config:
        return f"grid-shift:{config['flow_shift']:g},from=1,to=.001"
    return f"double-shift:{config['shift']:g}" if "shift" in config else ""


def wan_transformers(pipeline: Any) -> tuple[str, ...]:
    """Both experts, or the one transformer of a model without them."""
    names = WAN.transformers
    return names if pipeline.transformer_2 is not None else names[:1]


def _latents(pipeline: Any) -> LatentShape:
    return video_latents(pipeline, pipeline.vae.config.z_dim)


def fitted_wan(family: Family, pipeline: Any) -> Family:
    """The family with the sizes and the experts of a loaded pipeline."""
    return replace(family, shape=wan_shape(pipeline), transformers=wan_transformers(pipeline))


#: Of all pipelines around this transformer.
WAN_TEXT = (
    TextInput(
        "text_encoder",
        "tokenizer",
        max_sequence_length,
        cleaned(lambda call, prompt: prompt_clean(prompt)),
    ),
)

WAN = Family(
    name="wan",
    pipeline_classes=("WanPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=4),
    layout=frames_on_axis(2),
    embedded_guidance=False,
    true_cfg=True,
    arguments=wan_arguments,
    text=WAN_TEXT,
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    transformers=("transformer", "transformer_2"),
    latents=_latents,
    encode=standardized,
    fitted=fitted_wan,
    default_schedule=wan_default_schedule,
)
