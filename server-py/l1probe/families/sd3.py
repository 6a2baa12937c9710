"""Stable Diffusion 3 and 3.5, text to image (arXiv:2403.03206).

CFG is batched. Skip-layer guidance is off, because it would add a third prediction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PIL.Image import Image

from l1probe.families.cell import Cell
from l1probe.families.encoding import shifted
from l1probe.families.family import Family, Shape, image_arguments, one_image
from l1probe.families.latent_shape import LatentShape, image_latents
from l1probe.families.text_input import TextInput, max_sequence_length, tokenizer_max_length


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return image_arguments(cell, guidance_scale=cell.true_cfg_scale, skip_guidance_layers=None)


def _default_schedule(config: Mapping[str, Any]) -> str:
    # The pipeline passes no sigmas, so the scheduler shifts a grid that is already shifted.
    return "" if config.get("use_dynamic_shifting") else f"double-shift:{config['shift']:g}"


def _latents(pipeline: Any) -> LatentShape:
    return image_latents(pipeline.transformer.config.in_channels, pipeline.vae_scale_factor)


def _fitted(family: Family, pipeline: Any) -> Family:
    # Positions beyond the table do not exist: the first forward would fail.
    config = pipeline.transformer.config
    side = config.pos_embed_max_size * config.patch_size * pipeline.vae_scale_factor
    return replace(family, shape=replace(family.shape, max_height=side, max_width=side))


SD3 = Family(
    name="sd3",
    pipeline_classes=("StableDiffusion3Pipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=0),
    layout=one_image,
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    text=(
        TextInput("text_encoder", "tokenizer", tokenizer_max_length),
        TextInput("text_encoder_2", "tokenizer_2", tokenizer_max_length),
        TextInput("text_encoder_3", "tokenizer_3", max_sequence_length),
    ),
    low_precision_inputs=frozenset(
        {"hidden_states", "encoder_hidden_states", "pooled_projections"}
    ),
    single_dtype=True,
    batched_cfg=True,
    latents=_latents,
    encode=shifted,
    fitted=_fitted,
    default_schedule=_default_schedule,
)
