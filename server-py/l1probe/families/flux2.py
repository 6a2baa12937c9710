"""FLUX.2, text to image (no paper; black-forest-labs/flux2): embedded guidance, no true CFG.

Latents are packed. The loop passes σ instead of 1000σ, and the transformer would round it to its
own dtype. FLUX.2-klein has no guidance embedding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diffusers.pipelines.flux2.pipeline_flux2 import format_input
from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import mode
from l1probe.families.family import Family, Shape, one_image, thousandfold
from l1probe.families.latent_shape import LatentShape, packed_image_latents
from l1probe.families.shifted_by_size import preset_or_shift
from l1probe.families.text_input import PipelineCall, TextInput, max_sequence_length
from l1probe.families.timestep_embedding import keep_timestep, to_own_dtype


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return {
        "prompt": cell.prompt,
        "guidance_scale": cell.guidance_scale,
        "height": cell.height,
        "width": cell.width,
    }


def _adjust(pipeline: Any) -> None:
    embedding = pipeline.transformer.time_guidance_embed
    keep_timestep(pipeline.transformer, embedding, 1000)
    # It casts the timestep's features to the timestep's own dtype.
    embedding.timestep_embedder.register_forward_pre_hook(to_own_dtype)


def _in_chat(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    return tokenizer.apply_chat_template(
        format_input([prompt], system_message=call.pipeline.system_message),
        add_generation_prompt=False,
        tokenize=True,
        return_dict=True,
        truncation=most is not None,
        max_length=most,
    )["input_ids"][0]


def _latents(pipeline: Any) -> LatentShape:
    channels = pipeline.transformer.config.in_channels
    return packed_image_latents(channels, 2 * pipeline.vae_scale_factor)


def _encode(pipeline: Any, pixels: Tensor) -> Tensor:
    patches = pipeline._patchify_latents(mode(pipeline, pixels[:, :, 0]))
    norm = pipeline.vae.bn
    mean = norm.running_mean.view(1, -1, 1, 1).to(patches)
    variance = norm.running_var.view(1, -1, 1, 1).to(patches)
    deviation = (variance + pipeline.vae.config.batch_norm_eps).sqrt()
    return pipeline._pack_latents((patches - mean) / deviation)


FLUX2 = Family(
    name="flux2",
    pipeline_classes=("Flux2Pipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=0),
    layout=one_image,
    embedded_guidance=True,
    true_cfg=False,
    arguments=_arguments,
    # The limit includes the system's message.
    text=(TextInput("text_encoder", "tokenizer", max_sequence_length, _in_chat),),
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    training_timestep=thousandfold,
    latents=_latents,
    encode=_encode,
    adjust=_adjust,
    # The pipeline computes μ from size and steps; the configuration does not matter.
    default_schedule=preset_or_shift("preset:flux2", {}),
)
