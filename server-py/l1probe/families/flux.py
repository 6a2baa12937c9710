"""FLUX.1, text to image (no paper; black-forest-labs/flux): guidance embedded, latents packed.

Its loop passes σ instead of 1000σ, and the transformer would round it to its own dtype.
FLUX.1-schnell has no guidance embedding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import shifted
from l1probe.families.family import Family, Shape, image_arguments, one_image, thousandfold
from l1probe.families.latent_shape import LatentShape, packed_image_latents
from l1probe.families.shifted_by_size import preset_or_shift
from l1probe.families.text_input import TextInput, max_sequence_length, tokenizer_max_length
from l1probe.families.timestep_embedding import keep_timestep

#: The configuration of FLUX.1-dev's scheduler.
DEV = {"base_image_seq_len": 256, "max_image_seq_len": 4096, "base_shift": 0.5, "max_shift": 1.15}


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return image_arguments(
        cell, guidance_scale=cell.guidance_scale, true_cfg_scale=cell.true_cfg_scale
    )


def _adjust(pipeline: Any) -> None:
    keep_timestep(pipeline.transformer, pipeline.transformer.time_text_embed, 1000)


def _latents(pipeline: Any) -> LatentShape:
    channels = pipeline.transformer.config.in_channels
    return packed_image_latents(channels, 2 * pipeline.vae_scale_factor)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    latents = shifted(pipeline, pixels)
    return pipeline._pack_latents(latents, 1, *latents.shape[1:])


FLUX = Family(
    name="flux",
    pipeline_classes=("FluxPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=0),
    layout=one_image,
    embedded_guidance=True,
    true_cfg=True,
    arguments=_arguments,
    text=(
        TextInput("text_encoder", "tokenizer", tokenizer_max_length),
        TextInput("text_encoder_2", "tokenizer_2", max_sequence_length),
    ),
    low_precision_inputs=frozenset(
        {"hidden_states", "encoder_hidden_states", "pooled_projections"}
    ),
    single_dtype=True,
    training_timestep=thousandfold,
    shared_inputs=frozenset({"txt_ids", "img_ids"}),
    latents=_latents,
    encode=_encode,
    adjust=_adjust,
    default_schedule=preset_or_shift("preset:flux", DEV),
)
