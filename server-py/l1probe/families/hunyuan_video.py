"""HunyuanVideo, text to video (arXiv:2412.03603): embedded guidance, true CFG in two forwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.Image import Image

from l1probe.families.cell import Cell
from l1probe.families.encoding import scaled
from l1probe.families.family import Family, PaddedText, Shape, frames_on_axis, video_arguments
from l1probe.families.latent_shape import LatentShape, video_latents


def hunyuan_video_arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    """The arguments of every pipeline around this transformer, apart from a picture."""
    return video_arguments(
        cell, guidance_scale=cell.guidance_scale, true_cfg_scale=cell.true_cfg_scale
    )


def _latents(pipeline: Any) -> LatentShape:
    return video_latents(pipeline, pipeline.transformer.config.in_channels)


HUNYUAN_VIDEO = Family(
    name="hunyuan_video",
    pipeline_classes=("HunyuanVideoPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=4),
    layout=frames_on_axis(2),
    embedded_guidance=True,
    true_cfg=True,
    arguments=hunyuan_video_arguments,
    low_precision_inputs=frozenset(
        {"hidden_states", "encoder_hidden_states", "pooled_projections"}
    ),
    padded_text=PaddedText("encoder_hidden_states", "encoder_attention_mask"),
    latents=_latents,
    encode=scaled,
)
