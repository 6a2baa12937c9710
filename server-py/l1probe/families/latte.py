"""Latte, text to video (arXiv:2401.03048): predicts ε on a variance-preserving schedule.

The transformer also predicts a variance, the second half of its channels, which no solver here
reads. It has positions for exactly 16 frames, or for one image. CFG is batched, and the pipeline
cuts the padding of the text itself. Caption cleaning is off; by default it would depend on whether
Beautiful Soup is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    image_arguments,
)
from l1probe.families.latent_shape import BATCH, FRAMES, LatentAxis, LatentShape, sides
from l1probe.families.text_input import PipelineCall, TextInput, cleaned
from l1probe.families.timestep_spacing import spacing


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return image_arguments(
        cell,
        negative_prompt=cell.negative_prompt or "",
        guidance_scale=cell.true_cfg_scale,
        video_length=cell.frames,
        clean_caption=False,
    )


def _noise_half(prediction: Tensor) -> Tensor:
    return prediction.chunk(2, dim=1)[0]


def _cleaned(call: PipelineCall, prompt: str) -> str:
    return call.pipeline._text_preprocessing(prompt, clean_caption=False)[0]


def _latents(pipeline: Any) -> LatentShape:
    channels = LatentAxis(pipeline.transformer.config.in_channels)
    return LatentShape((BATCH, channels, FRAMES, *sides(pipeline.vae_scale_factor)), 1)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    # The VAE is one of images.
    frames = mode(pipeline, pixels[0].movedim(0, 1)) * pipeline.vae.config.scaling_factor
    return frames.movedim(0, 1).unsqueeze(0)


LATTE = Family(
    name="latte",
    pipeline_classes=("LattePipeline",),
    # Sixteen frames or one; each is a latent frame.
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=15, max_frames=16),
    layout=frames_on_axis(2),
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    # The limit is fixed in the pipeline.
    text=(TextInput("text_encoder", "tokenizer", lambda call: 120, cleaned(_cleaned)),),
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    samplers=VARIANCE_PRESERVING_SAMPLERS,
    prediction="epsilon",
    batched_cfg=True,
    prediction_of=_noise_half,
    latents=_latents,
    encode=_encode,
    default_schedule=spacing,
)
