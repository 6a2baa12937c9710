"""Qwen-Image, text to image (arXiv:2508.02324): true CFG in two forwards, packed latents.

The guided prediction is rescaled, token by token, to the norm of the conditional prediction, so cfg
is not uncond + s·(cond − uncond). The loop passes σ instead of 1000σ, and the transformer would
round it to its own dtype. No checkpoint has a guidance embedding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import standardized
from l1probe.families.family import Family, Shape, image_arguments, one_image, thousandfold
from l1probe.families.latent_shape import LatentShape, packed_image_latents
from l1probe.families.shifted_by_size import preset_or_shift
from l1probe.families.text_input import (
    PipelineCall,
    TextInput,
    as_it_is,
    max_sequence_length,
    tokenizer_max_length,
)
from l1probe.families.timestep_embedding import keep_timestep

#: The configuration of Qwen-Image's scheduler.
CONFIGURED = {
    "base_image_seq_len": 256,
    "max_image_seq_len": 8192,
    "base_shift": 0.5,
    "max_shift": 0.9,
    "shift_terminal": 0.02,
}


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return image_arguments(
        cell,
        negative_prompt=cell.negative_prompt if cell.true_cfg_scale > 1 else None,
        true_cfg_scale=cell.true_cfg_scale,
        guidance_scale=None,
    )


def _adjust(pipeline: Any) -> None:
    keep_timestep(pipeline.transformer, pipeline.transformer.time_text_embed, 1)


def _in_template(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    template: str = call.pipeline.prompt_template_encode
    return as_it_is(call, tokenizer, template.format(prompt), most)


def _limit(call: PipelineCall) -> int:
    """The tokenizer's limit, and that of the embeddings."""
    return min(tokenizer_max_length(call), max_sequence_length(call))


def _latents(pipeline: Any) -> LatentShape:
    channels = pipeline.transformer.config.in_channels
    return packed_image_latents(channels, 2 * pipeline.vae_scale_factor)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    latents = standardized(pipeline, pixels)[:, :, 0]
    return pipeline._pack_latents(latents, 1, *latents.shape[1:])


QWEN_IMAGE = Family(
    name="qwen_image",
    pipeline_classes=("QwenImagePipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=0),
    layout=one_image,
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    text=(
        TextInput(
            "text_encoder",
            "tokenizer",
            _limit,
            _in_template,
            lambda call: call.pipeline.prompt_template_encode_start_idx,
        ),
    ),
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    training_timestep=thousandfold,
    latents=_latents,
    encode=_encode,
    adjust=_adjust,
    default_schedule=preset_or_shift("preset:qwen-image", CONFIGURED),
)
