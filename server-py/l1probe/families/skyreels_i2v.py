"""SkyReels V1, image to video: HunyuanVideo's transformer on [state, picture] channels.

No paper; github.com/SkyworkAI/SkyReels-V1. The picture's latent is sampled from the VAE's
distribution with the cell's seed, before the noise.
"""

from __future__ import annotations

from typing import Any

from l1probe.families.family import Family, before_the_picture, frames_on_axis, with_picture
from l1probe.families.hunyuan_video import HUNYUAN_VIDEO, hunyuan_video_arguments
from l1probe.families.latent_shape import LatentShape, video_latents


def _latents(pipeline: Any) -> LatentShape:
    return video_latents(pipeline, pipeline.vae.config.latent_channels)


SKYREELS_I2V = Family(
    name="skyreels_i2v",
    pipeline_classes=("HunyuanSkyreelsImageToVideoPipeline",),
    shape=HUNYUAN_VIDEO.shape,
    layout=frames_on_axis(2),
    embedded_guidance=True,
    true_cfg=True,
    arguments=with_picture(hunyuan_video_arguments),
    text=HUNYUAN_VIDEO.text,
    low_precision_inputs=HUNYUAN_VIDEO.low_precision_inputs,
    needs_image=True,
    padded_text=HUNYUAN_VIDEO.padded_text,
    state_of=before_the_picture,
    latents=_latents,
)
