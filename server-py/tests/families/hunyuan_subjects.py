"""The conformance suite's rows of HunyuanVideo and what is built on its transformer."""

from __future__ import annotations

from typing import Any

from diffusers import ClassifierFreeGuidance
from subjects import PICTURE, Says, Subject, opened

from l1probe.settings import BUNDLED_MODEL


def _guider_of_three(pipeline: Any) -> None:
    pipeline.guider = ClassifierFreeGuidance(guidance_scale=3.0)


HUNYUAN = (
    Subject(
        name="bundled",
        model=str(BUNDLED_MODEL),
        says=Says(
            family="hunyuan_video",
            pipeline="HunyuanVideoPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=4,
            default_schedule="shift:7",
            embedded=True,
            true_cfg=True,
        ),
        cell={
            "frames": 5,
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 6.0,
        },
        call={
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 6.0,
            "max_sequence_length": 16,
        },
        other_guidance={"true_cfg_scale": 1.0, "guidance_scale": 2.5},
    ),
    Subject(
        name="hunyuan-video-i2v",
        model="random:tiny-hunyuan-video-i2v",
        says=Says(
            family="hunyuan_video_i2v",
            pipeline="HunyuanVideoImageToVideoPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=4,
            min_frames=5,
            default_schedule="shift:7",
            embedded=True,
            true_cfg=True,
            needs_image=True,
        ),
        cell={
            "frames": 9,
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 6.0,
            "image": PICTURE,
        },
        call={
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 6.0,
            "image": opened(PICTURE),
        },
        other_guidance={"true_cfg_scale": 1.0, "guidance_scale": 2.5},
    ),
    Subject(
        name="hunyuan-video-i2v, concat",
        model="random:tiny-hunyuan-video-i2v-concat",
        says=Says(
            family="hunyuan_video_i2v",
            pipeline="HunyuanVideoImageToVideoPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=4,
            min_frames=5,
            default_schedule="shift:7",
            embedded=False,
            true_cfg=True,
            needs_image=True,
        ),
        cell={"frames": 5, "true_cfg_scale": 3.0, "negative_prompt": "blue", "image": PICTURE},
        call={"true_cfg_scale": 3.0, "negative_prompt": "blue", "image": opened(PICTURE)},
        other_guidance={"true_cfg_scale": 1.0},
        # Those of the first latent frame, which is the picture, are left out.
        decoded=1,
    ),
    Subject(
        name="framepack",
        model="random:tiny-framepack",
        says=Says(
            family="framepack",
            pipeline="HunyuanVideoFramepackPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=4,
            max_frames=33,
            default_schedule="shift:7",
            embedded=True,
            true_cfg=True,
            needs_image=True,
        ),
        cell={
            "frames": 9,
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 6.0,
            "image": PICTURE,
        },
        # A window of as many latent frames as the cell has, so that there is one section.
        call={
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 6.0,
            "image": opened(PICTURE),
            "latent_window_size": 3,
        },
        # The picture's own latent frame goes before the window.
        decoded=13,
        other_guidance={"true_cfg_scale": 1.0, "guidance_scale": 2.5},
    ),
    Subject(
        name="skyreels-i2v",
        model="random:tiny-skyreels-i2v",
        says=Says(
            family="skyreels_i2v",
            pipeline="HunyuanSkyreelsImageToVideoPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=4,
            default_schedule="shift:7",
            embedded=True,
            true_cfg=True,
            needs_image=True,
        ),
        cell={"frames": 5, "true_cfg_scale": 3.0, "negative_prompt": "blue", "image": PICTURE},
        call={"true_cfg_scale": 3.0, "negative_prompt": "blue", "image": opened(PICTURE)},
        other_guidance={"true_cfg_scale": 1.0, "guidance_scale": 2.5},
    ),
    Subject(
        name="hunyuan-video-15",
        model="random:tiny-hunyuan-video-15",
        says=Says(
            family="hunyuan_video_15",
            pipeline="HunyuanVideo15Pipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=4,
            default_schedule="shift:5",
            embedded=False,
            true_cfg=True,
        ),
        cell={"frames": 5, "true_cfg_scale": 3.0, "negative_prompt": "blue"},
        call={"negative_prompt": "blue"},
        prepare=_guider_of_three,
        other_guidance={"true_cfg_scale": 1.0},
    ),
)
