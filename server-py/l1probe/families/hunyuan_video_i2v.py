"""HunyuanVideo, image to video (arXiv:2412.03603): two ways of conditioning, by configuration.

`token_replace` replaces the first latent frame by the picture's latents; the solver steps the other
frames, and all signals consist of those. `latent_concat` concatenates state, picture and mask along
the channels, and the decoder leaves out the first latent frame. Either way a clip of one frame
would be empty. One language model reads both the picture and the prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from l1probe.families.family import (
    Family,
    Shape,
    after_the_picture,
    before_the_picture,
    frames_on_axis,
    with_picture,
)
from l1probe.families.hunyuan_video import (
    HUNYUAN_VIDEO,
    dropped,
    hunyuan_video_arguments,
    in_template,
)
from l1probe.families.latent_shape import LatentShape, video_latents
from l1probe.families.text_input import PipelineCall, TextInput, max_sequence_length

#: Tokens of the answer's header, which the pipeline drops; if the prompt is cut, it drops as many
#: of the prompt instead.
HEADER = 4


def _latents(pipeline: Any) -> LatentShape:
    config = pipeline.transformer.config
    replaces = config.image_condition_type == "token_replace"
    return video_latents(pipeline, pipeline.vae.config.latent_channels, int(replaces))


def _fitted(family: Family, pipeline: Any) -> Family:
    if pipeline.transformer.config.image_condition_type == "token_replace":
        return replace(
            family,
            state_of=after_the_picture,
            prediction_of=after_the_picture,
            sampled_of=after_the_picture,
        )
    # [state, picture, mask] along the channels.
    return family


def _before_the_answer(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    """The prompt in its template, without the header of the answer."""
    ids = list(in_template(call, tokenizer, prompt, most) or ())
    end = tokenizer.convert_tokens_to_ids("<|end_header_id|>")
    if ids.count(end) > 2:
        after = len(ids) - ids[::-1].index(end)
        del ids[after - HEADER : after]
    return ids


HUNYUAN_VIDEO_I2V = Family(
    name="hunyuan_video_i2v",
    pipeline_classes=("HunyuanVideoImageToVideoPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=4, min_frames=5),
    layout=frames_on_axis(2),
    embedded_guidance=True,
    true_cfg=True,
    arguments=with_picture(hunyuan_video_arguments),
    text=(
        TextInput(
            "text_encoder",
            "tokenizer",
            lambda call: max_sequence_length(call) - HEADER,
            _before_the_answer,
            dropped,
        ),
        HUNYUAN_VIDEO.text[1],
    ),
    low_precision_inputs=HUNYUAN_VIDEO.low_precision_inputs,
    needs_image=True,
    padded_text=HUNYUAN_VIDEO.padded_text,
    state_of=before_the_picture,
    latents=_latents,
    fitted=_fitted,
)
