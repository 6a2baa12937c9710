"""Wan, image to video (arXiv:2503.20314): [state, mask, picture] along the channels.

Wan2.1 also feeds the picture to the transformer's attention, through CLIP; Wan2.2 does not. The
small Wan2.2 (TI2V-5B) instead replaces the first latent frame by the picture, with its tokens at
timestep 0. The solver still steps that frame, but the model never sees the result and the clip does
not contain it, so signals leave it out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from l1probe.families.family import Family, after_the_picture, frames_on_axis, with_picture
from l1probe.families.latent_shape import LatentShape, video_latents
from l1probe.families.wan import (
    WAN,
    wan_arguments,
    wan_default_schedule,
    wan_shape,
    wan_transformers,
)


def _latents(pipeline: Any) -> LatentShape:
    left_out = int(bool(pipeline.config.expand_timesteps))
    return video_latents(pipeline, pipeline.vae.config.z_dim, left_out)


def _fitted(family: Family, pipeline: Any) -> Family:
    family = replace(family, transformers=wan_transformers(pipeline))
    shape = wan_shape(pipeline)
    if pipeline.config.expand_timesteps:
        return replace(
            family,
            # The first latent frame is the picture.
            shape=replace(shape, min_frames=shape.frame_multiple + 1),
            state_of=after_the_picture,
            prediction_of=after_the_picture,
            stepped_of=after_the_picture,
            sampled_of=after_the_picture,
        )
    channels = pipeline.vae.config.z_dim
    return replace(family, shape=shape, state_of=lambda hidden: hidden[:, :channels])


WAN_I2V = Family(
    name="wan_i2v",
    pipeline_classes=("WanImageToVideoPipeline",),
    shape=WAN.shape,
    layout=frames_on_axis(2),
    embedded_guidance=False,
    true_cfg=True,
    arguments=with_picture(wan_arguments),
    text=WAN.text,
    low_precision_inputs=WAN.low_precision_inputs | {"encoder_hidden_states_image"},
    transformers=WAN.transformers,
    needs_image=True,
    latents=_latents,
    fitted=_fitted,
    default_schedule=wan_default_schedule,
)
