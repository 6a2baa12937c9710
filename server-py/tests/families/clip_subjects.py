"""The conformance suite's rows of LTX-Video, Mochi, CogVideoX and Latte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from diffusers import CogVideoXDDIMScheduler, FlowMatchEulerDiscreteScheduler
from stock import given_sigmas, keeping
from subjects import Says, Subject
from torch import Tensor


def _inverted(stock: Any, sigmas: Sequence[float]) -> Any:
    return given_sigmas(FlowMatchEulerDiscreteScheduler, sigmas, invert_sigmas=True)


def _trailing(stock: Any, sigmas: Sequence[float]) -> Any:
    """The model's own DDIM, whose even trailing timesteps are those of `sigmas`."""
    # CogVideoX's two solvers have one configuration.
    is_cogvideox = "snr_shift_scale" in stock.config
    ddim = CogVideoXDDIMScheduler if is_cogvideox else type(stock)
    scheduler = keeping(ddim).from_config(stock.config, timestep_spacing="trailing")
    scheduler.set_timesteps(len(sigmas))
    assert scheduler.timesteps.tolist() == [1000 * sigma - 1 for sigma in sigmas]
    return scheduler


def _ddim(model: Any, before: Tensor, predicted: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """DDIM with η = 0 (arXiv:2010.02502, equation 12), for ε and for v."""
    scheduler = model.pipeline.scheduler
    rates = torch.cat([scheduler.alphas_cumprod.double(), torch.ones(1).double()])
    here, there = (rates[round(1000 * s) - 1] for s in (sigma, sigma_next))
    signal, noise = here**0.5, (1 - here) ** 0.5
    if model.family.prediction == "v":
        clean, eps = signal * before - noise * predicted, signal * predicted + noise * before
    else:
        clean, eps = (before - noise * predicted) / signal, predicted
    return there**0.5 * clean + (1 - there) ** 0.5 * eps


def _levels(scheduler: Any, sigma: float) -> tuple[float, float]:
    rate = float(scheduler.alphas_cumprod[round(1000 * sigma) - 1])
    return rate**0.5, (1 - rate) ** 0.5


def _whole_timestep(sigmas: Tensor) -> Tensor:
    return (sigmas * 1000).round() - 1


COGVIDEOX = Subject(
    name="cogvideox",
    model="random:tiny-cogvideox",
    says=Says(
        family="cogvideox",
        pipeline="CogVideoXPipeline",
        height_multiple=16,
        width_multiple=16,
        frame_multiple=4,
        default_schedule="trailing",
        embedded=False,
        true_cfg=True,
        prediction="v",
        samplers=("ddim",),
    ),
    cell={"frames": 9, "true_cfg_scale": 3.0, "negative_prompt": "blue"},
    call={"guidance_scale": 3.0, "negative_prompt": "blue"},
    scheduler=_trailing,
    sigmas=(1.0, 0.75, 0.5, 0.25),
    odd_sigmas=(0.987, 0.613, 0.071),
    timestep=_whole_timestep,
    by_frame=lambda signal: signal.movedim(1, 0),
    other_guidance={"true_cfg_scale": 1.0},
    move=_ddim,
    levels=_levels,
    joined=True,
    single_dtype=True,
)

#: Latent frames come in pairs: three, and one added before them.
COGVIDEOX_15 = replace(
    COGVIDEOX,
    name="cogvideox, 1.5",
    model="random:tiny-cogvideox-1.5",
    says=replace(COGVIDEOX.says, frame_multiple=8),
    encodes=False,
)

CLIPS = (
    Subject(
        name="ltx",
        model="random:tiny-ltx",
        says=Says(
            family="ltx",
            pipeline="LTXPipeline",
            height_multiple=32,
            width_multiple=32,
            frame_multiple=8,
            default_schedule="preset:ltx",
            embedded=False,
            true_cfg=True,
        ),
        cell={"frames": 9, "true_cfg_scale": 3.0, "negative_prompt": "blue"},
        call={"guidance_scale": 3.0, "negative_prompt": "blue"},
        # Two latent frames in packed tokens.
        by_frame=lambda signal: signal.unflatten(1, (2, -1)).movedim(1, 0),
        other_guidance={"true_cfg_scale": 1.0},
        joined=True,
        single_dtype=True,
    ),
    Subject(
        name="mochi",
        model="random:tiny-mochi",
        says=Says(
            family="mochi",
            pipeline="MochiPipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=6,
            default_schedule="linear-quadratic:threshold=.025",
            embedded=False,
            true_cfg=True,
        ),
        cell={"frames": 7, "true_cfg_scale": 3.0, "negative_prompt": "blue"},
        call={"guidance_scale": 3.0, "negative_prompt": "blue"},
        scheduler=_inverted,
        # Their thousandfold is exact in bfloat16, so the stock loop, which rounds 1000(1 − σ),
        # and this one, which rounds 1000σ, round equally.
        sigmas=(1.0, 0.5, 0.25, 0.125),
        other_guidance={"true_cfg_scale": 1.0},
        joined=True,
        single_dtype=True,
    ),
    COGVIDEOX,
    COGVIDEOX_15,
    Subject(
        name="latte",
        model="random:tiny-latte",
        says=Says(
            family="latte",
            pipeline="LattePipeline",
            height_multiple=16,
            width_multiple=16,
            frame_multiple=15,
            max_frames=16,
            default_schedule="leading:offset=0",
            embedded=False,
            true_cfg=True,
            prediction="epsilon",
            samplers=("ddim",),
        ),
        cell={"frames": 16, "true_cfg_scale": 3.0, "negative_prompt": "blue"},
        call={
            "guidance_scale": 3.0,
            "negative_prompt": "blue",
            "num_frames": None,
            "video_length": 16,
        },
        scheduler=_trailing,
        sigmas=(1.0, 0.75, 0.5, 0.25),
        odd_sigmas=(0.987, 0.613, 0.071),
        timestep=_whole_timestep,
        move=_ddim,
        levels=_levels,
        joined=True,
        single_dtype=True,
    ),
)
