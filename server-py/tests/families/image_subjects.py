"""The conformance suite's rows of models that make images."""

from __future__ import annotations

from subjects import Says, Subject
from torch import Tensor


def _one_image(signal: Tensor) -> Tensor:
    return signal


def _sigma_in_thousandths(sigmas: Tensor) -> Tensor:
    # FLUX's loops hand over 1000σ/1000, rounded to float32.
    return (sigmas * 1000 / 1000).double() * 1000


def _one_minus_sigma(sigmas: Tensor) -> Tensor:
    # Z-Image's loop hands over (1000 − 1000σ)/1000, rounded to float32.
    return 1000 * (1 - ((1000 - sigmas * 1000) / 1000).double())


def _of_the_norm_of_cond(cond: Tensor, uncond: Tensor, scale: float) -> Tensor:
    combined = uncond + scale * (cond - uncond)
    return combined * cond.norm(dim=-1, keepdim=True) / combined.norm(dim=-1, keepdim=True)


IMAGES = (
    Subject(
        name="sd3",
        model="random:tiny-sd3",
        says=Says(
            family="sd3",
            pipeline="StableDiffusion3Pipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=0,
            default_schedule="double-shift:3",
            max_side=1536,
            embedded=False,
            true_cfg=True,
        ),
        cell={"true_cfg_scale": 3.0, "negative_prompt": "blue"},
        call={"guidance_scale": 3.0, "negative_prompt": "blue", "num_frames": None},
        by_frame=_one_image,
        other_guidance={"true_cfg_scale": 1.0},
        joined=True,
        single_dtype=True,
    ),
    Subject(
        name="flux",
        model="random:tiny-flux",
        says=Says(
            family="flux",
            pipeline="FluxPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=0,
            default_schedule="preset:flux",
            embedded=True,
            true_cfg=True,
        ),
        cell={"true_cfg_scale": 3.0, "negative_prompt": "blue", "guidance_scale": 3.5},
        call={
            "true_cfg_scale": 3.0,
            "negative_prompt": "blue",
            "guidance_scale": 3.5,
            "num_frames": None,
        },
        timestep=_sigma_in_thousandths,
        by_frame=_one_image,
        other_guidance={"true_cfg_scale": 1.0, "guidance_scale": 2.5},
        single_dtype=True,
    ),
    Subject(
        name="flux2",
        model="random:tiny-flux2",
        says=Says(
            family="flux2",
            pipeline="Flux2Pipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=0,
            default_schedule="preset:flux2",
            embedded=True,
            true_cfg=False,
        ),
        cell={"guidance_scale": 4.0, "negative_prompt": None},
        call={"guidance_scale": 4.0, "num_frames": None},
        timestep=_sigma_in_thousandths,
        by_frame=_one_image,
        other_guidance={"guidance_scale": 2.5},
        single_dtype=True,
    ),
    Subject(
        name="qwen-image",
        model="random:tiny-qwen-image",
        says=Says(
            family="qwen_image",
            pipeline="QwenImagePipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=0,
            default_schedule="preset:qwen-image",
            embedded=False,
            true_cfg=True,
        ),
        cell={"true_cfg_scale": 3.0, "negative_prompt": "blue"},
        call={"true_cfg_scale": 3.0, "negative_prompt": "blue", "num_frames": None},
        timestep=_sigma_in_thousandths,
        by_frame=_one_image,
        other_guidance={"true_cfg_scale": 5.0},
        combined=_of_the_norm_of_cond,
        single_dtype=True,
    ),
    Subject(
        name="z-image",
        model="random:tiny-z-image",
        says=Says(
            family="z_image",
            pipeline="ZImagePipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=0,
            default_schedule="shift:3",
            embedded=False,
            true_cfg=True,
        ),
        cell={"true_cfg_scale": 3.0, "negative_prompt": "blue"},
        # cond + 2 (cond − uncond).
        call={"guidance_scale": 2.0, "negative_prompt": "blue", "num_frames": None},
        timestep=_one_minus_sigma,
        by_frame=_one_image,
        other_guidance={"true_cfg_scale": 1.0},
        joined=True,
        single_dtype=True,
    ),
)
