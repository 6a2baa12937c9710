"""Z-Image, text to image (arXiv:2511.22699): samples in lists, CFG batched as [cond, uncond].

The loop passes 1 − σ, and the transformer predicts x₀ − ε, which the loop negates after guidance.
Its guidance is cond + scale·(cond − uncond), so its scale is 1 less than that of true CFG. Its
state is always float32. Neither renormalisation nor truncation of guidance is on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import shifted
from l1probe.families.family import Family, Shape, image_arguments, one_image
from l1probe.families.latent_shape import LatentShape, image_latents
from l1probe.families.shifted_by_size import preset_or_shift
from l1probe.families.text_input import PipelineCall, TextInput, as_it_is, max_sequence_length

OFFSET = 1.0


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return image_arguments(cell, guidance_scale=cell.true_cfg_scale - OFFSET)


def _training_timestep(passed: float) -> float:
    return 1000 * (1 - passed)


def _without_frames(state: Tensor) -> Tensor:
    # The transformer is made for clips, and gets images as clips of one frame.
    return state.squeeze(2)


def _velocity(prediction: Tensor) -> Tensor:
    return -_without_frames(prediction)


def _in_chat(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=True,
    )
    return as_it_is(call, tokenizer, chat, most)


def _latents(pipeline: Any) -> LatentShape:
    return image_latents(pipeline.transformer.config.in_channels, pipeline.vae_scale_factor)


Z_IMAGE = Family(
    name="z_image",
    pipeline_classes=("ZImagePipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=0),
    layout=one_image,
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    # The limit includes the template.
    text=(TextInput("text_encoder", "tokenizer", max_sequence_length, _in_chat),),
    low_precision_inputs=frozenset({"x", "cap_feats"}),
    single_dtype=True,
    state_input="x",
    timestep_input="t",
    training_timestep=_training_timestep,
    batched_cfg=True,
    cond_half=0,
    cfg_offset=OFFSET,
    state_of=_without_frames,
    prediction_of=_velocity,
    latents=_latents,
    encode=shifted,
    default_schedule=preset_or_shift("", {}),
)
