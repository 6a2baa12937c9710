"""LTX-Video, text to video (arXiv:2501.00103): packed latents, batched CFG.

Its pipeline takes no sigmas; l1probe's scheduler already has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import mode
from l1probe.families.family import Family, PaddedText, Shape, frames_in_tokens, video_arguments
from l1probe.families.latent_shape import BATCH, LatentAxis, LatentShape
from l1probe.families.shifted_by_size import preset_or_shift
from l1probe.families.text_input import ONE_ENCODER

#: The scheduler's configuration in LTX-Video 0.9.0 and 0.9.1.
FIRST = {
    "base_image_seq_len": 1024,
    "max_image_seq_len": 4096,
    "base_shift": 0.95,
    "max_shift": 2.05,
    "shift_terminal": 0.1,
}


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return video_arguments(cell, guidance_scale=cell.true_cfg_scale)


def _latents(pipeline: Any) -> LatentShape:
    scale = pipeline.vae_spatial_compression_ratio
    tokens = LatentAxis(frames=True, height=scale, width=scale)
    channels = LatentAxis(pipeline.transformer.config.in_channels)
    return LatentShape((BATCH, tokens, channels), pipeline.vae_temporal_compression_ratio)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    vae, latents = pipeline.vae, mode(pipeline, pixels)
    factor = vae.config.scaling_factor
    normal = pipeline._normalize_latents(latents, vae.latents_mean, vae.latents_std, factor)
    return pipeline._pack_latents(
        normal, pipeline.transformer_spatial_patch_size, pipeline.transformer_temporal_patch_size
    )


LTX = Family(
    name="ltx",
    pipeline_classes=("LTXPipeline",),
    shape=Shape(height_multiple=32, width_multiple=32, frame_multiple=8),
    layout=frames_in_tokens,
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    text=ONE_ENCODER,
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    batched_cfg=True,
    padded_text=PaddedText("encoder_hidden_states", "encoder_attention_mask"),
    latents=_latents,
    encode=_encode,
    default_schedule=preset_or_shift("preset:ltx", FIRST),
)
