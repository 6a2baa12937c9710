"""Mochi 1, text to video (no paper; genmoai/mochi): time runs backwards inside the model.

The model receives 1000(1 − σ) and predicts x₀ − ε, the negative of the usual velocity. The
transformer's hook converts both, so loop, solvers and signals are those of any flow model. With
`solver_state: stock` on a bfloat16 model the loop rounds 1000σ, whereas the stock loop rounds
1000(1 − σ). CFG is batched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import scaled, standardized
from l1probe.families.family import Family, PaddedText, Shape, frames_on_axis, video_arguments
from l1probe.families.latent_shape import BATCH, FRAMES, LatentAxis, LatentShape, sides
from l1probe.families.text_input import ONE_ENCODER


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    # The pipeline's own schedule, which is discarded, divides by zero for one step.
    steps = max(2, len(cell.sigmas))
    return video_arguments(cell, guidance_scale=cell.true_cfg_scale, num_inference_steps=steps)


def _to_transformer(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**arguments, "timestep": 1000 - arguments["timestep"]}


def _from_transformer(prediction: Tensor) -> Tensor:
    return -prediction


def _default_schedule(config: Mapping[str, Any]) -> str:
    # Hard-coded in the pipeline; the scheduler's configuration does not matter.
    return "linear-quadratic:threshold=.025"


def _latents(pipeline: Any) -> LatentShape:
    channels = LatentAxis(pipeline.transformer.config.in_channels)
    axes = (BATCH, channels, FRAMES, *sides(pipeline.vae_spatial_scale_factor))
    return LatentShape(axes, pipeline.vae_temporal_scale_factor)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    config = pipeline.vae.config
    if config.latents_mean is None or config.latents_std is None:
        return scaled(pipeline, pixels)
    return standardized(pipeline, pixels) * config.scaling_factor


MOCHI = Family(
    name="mochi",
    pipeline_classes=("MochiPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=6),
    layout=frames_on_axis(2),
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    text=ONE_ENCODER,
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    batched_cfg=True,
    padded_text=PaddedText("encoder_hidden_states", "encoder_attention_mask"),
    to_transformer=_to_transformer,
    from_transformer=_from_transformer,
    latents=_latents,
    encode=_encode,
    default_schedule=_default_schedule,
)
