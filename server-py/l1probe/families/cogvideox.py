"""CogVideoX, text to video (arXiv:2408.06072): predicts v on a variance-preserving schedule.

Frames come before channels, and CFG is batched. CogVideoX-1.5 pairs latent frames. Its pipeline
adds one before an odd number of them; the sums include it, the clip does not. With an even number
it would decode more frames than requested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import mode
from l1probe.families.family import (
    VARIANCE_PRESERVING_SAMPLERS,
    Family,
    Shape,
    frames_on_axis,
    video_arguments,
)
from l1probe.families.latent_shape import BATCH, FRAMES, LatentAxis, LatentShape, sides
from l1probe.families.text_input import ONE_ENCODER
from l1probe.families.timestep_spacing import spacing


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return video_arguments(cell, guidance_scale=cell.true_cfg_scale)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    return (mode(pipeline, pixels) * pipeline.vae_scaling_factor_image).movedim(2, 1)


def _fitted(family: Family, pipeline: Any) -> Family:
    if not pipeline.transformer.config.patch_size_t:
        return family
    # The latent frame that the pipeline adds has no pixels.
    return replace(family, shape=replace(family.shape, frame_multiple=8), encode=None)


def _latents(pipeline: Any) -> LatentShape:
    config = pipeline.transformer.config
    axes = (
        BATCH,
        FRAMES,
        LatentAxis(config.in_channels),
        *sides(pipeline.vae_scale_factor_spatial),
    )
    pairs = config.patch_size_t or 1
    return LatentShape(axes, pipeline.vae_scale_factor_temporal, frames_multiple=pairs)


COGVIDEOX = Family(
    name="cogvideox",
    pipeline_classes=("CogVideoXPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=4),
    layout=frames_on_axis(1),
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    text=ONE_ENCODER,
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    samplers=VARIANCE_PRESERVING_SAMPLERS,
    prediction="v",
    batched_cfg=True,
    shared_inputs=frozenset({"image_rotary_emb"}),
    latents=_latents,
    encode=_encode,
    fitted=_fitted,
    default_schedule=spacing,
)
