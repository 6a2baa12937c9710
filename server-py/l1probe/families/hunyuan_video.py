"""HunyuanVideo, text to video (arXiv:2412.03603): embedded guidance, true CFG in two forwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL.Image import Image

from l1probe.families.cell import Cell
from l1probe.families.encoding import scaled
from l1probe.families.family import Family, PaddedText, Shape, frames_on_axis, video_arguments
from l1probe.families.latent_shape import LatentShape, video_latents
from l1probe.families.text_input import PipelineCall, TextInput, as_it_is, max_sequence_length


def hunyuan_video_arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    """The arguments of every pipeline around this transformer, apart from a picture."""
    return video_arguments(
        cell, guidance_scale=cell.guidance_scale, true_cfg_scale=cell.true_cfg_scale
    )


def in_template(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    """The prompt within the template for the language model."""
    template: str = call.argument("prompt_template")["template"]
    return as_it_is(call, tokenizer, template.format(prompt), most)


def dropped(call: PipelineCall) -> int:
    """The template's tokens before the prompt."""
    template: Mapping[str, Any] = call.argument("prompt_template")
    if "crop_start" in template:
        return template["crop_start"]
    # As the pipelines count them: without those after the prompt.
    return len(call.pipeline.tokenizer(template["template"]).input_ids) - 2


#: Of every pipeline around this transformer. The second encoder's limit is fixed in the pipelines.
HUNYUAN_TEXT = (
    TextInput("text_encoder", "tokenizer", max_sequence_length, in_template, dropped),
    TextInput("text_encoder_2", "tokenizer_2", lambda call: 77),
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
    text=HUNYUAN_TEXT,
    low_precision_inputs=frozenset(
        {"hidden_states", "encoder_hidden_states", "pooled_projections"}
    ),
    padded_text=PaddedText("encoder_hidden_states", "encoder_attention_mask"),
    latents=_latents,
    encode=scaled,
)
