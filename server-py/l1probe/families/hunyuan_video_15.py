"""HunyuanVideo-1.5, text to video (arXiv:2511.18870): true CFG by a guider, two forwards.

Guidance is a component, not an argument: each run gets its own guider with the cell's scale. The
forward's input is [state, picture, mask] along the channels, the last two zero in text to video.
The noise is made in the transformer's dtype. The timestep is embedded in its own dtype, and a
float32 timestep would not fit a bfloat16 layer, so that layer's input is cast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diffusers.pipelines.hunyuan_video1_5.pipeline_hunyuan_video1_5 import (
    extract_glyph_texts,
    format_text_input,
)
from PIL.Image import Image

from l1probe.families.cell import Cell
from l1probe.families.encoding import scaled
from l1probe.families.family import (
    Family,
    PaddedText,
    Shape,
    before_the_picture,
    frames_on_axis,
    video_arguments,
)
from l1probe.families.latent_shape import LatentShape, video_latents
from l1probe.families.text_input import PipelineCall, TextInput, as_it_is, tokenizer_max_length
from l1probe.families.timestep_embedding import to_own_dtype


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return video_arguments(cell)


def _set_up(pipeline: Any, cell: Cell) -> None:
    pipeline.guider = pipeline.guider.new(guidance_scale=cell.true_cfg_scale)


def _adjust(pipeline: Any) -> None:
    embedding = pipeline.transformer.time_embed
    for embedder in (embedding.timestep_embedder, embedding.timestep_embedder_r):
        if embedder is not None:
            embedder.register_forward_pre_hook(to_own_dtype)


def _in_chat(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    return tokenizer.apply_chat_template(
        format_text_input([prompt], call.pipeline.system_message),
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        truncation=most is not None,
        max_length=most,
    )["input_ids"][0]


def _glyphs(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    """Quoted text, the only part that the second encoder reads."""
    quoted: Any = extract_glyph_texts(prompt)
    return None if quoted is None else as_it_is(call, tokenizer, quoted, most)


def _latents(pipeline: Any) -> LatentShape:
    return video_latents(pipeline, pipeline.num_channels_latents)


HUNYUAN_VIDEO_15 = Family(
    name="hunyuan_video_15",
    pipeline_classes=("HunyuanVideo15Pipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=4),
    layout=frames_on_axis(2),
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    text=(
        TextInput(
            "text_encoder",
            "tokenizer",
            tokenizer_max_length,
            _in_chat,
            lambda call: call.pipeline.prompt_template_encode_start_idx,
        ),
        TextInput(
            "text_encoder_2",
            "tokenizer_2",
            lambda call: call.pipeline.tokenizer_2_max_length,
            _glyphs,
        ),
    ),
    low_precision_inputs=frozenset(
        {"hidden_states", "encoder_hidden_states", "encoder_hidden_states_2", "image_embeds"}
    ),
    # Blocks also mask glyphs and a picture, which text to video lacks.
    padded_text=PaddedText("encoder_hidden_states", "encoder_attention_mask", is_all=False),
    state_of=before_the_picture,
    latents=_latents,
    encode=scaled,
    set_up=_set_up,
    adjust=_adjust,
)
