"""CogVideoX-1.5 on a few channels: pairs of latent frames, and a scheduler other than DDIM."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import CogVideoXDPMScheduler

from l1probe.random_models.tiny_cogvideox import make_with


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """The configuration of CogVideoX-1.5 with fewer channels."""
    scheduler = CogVideoXDPMScheduler(
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        snr_shift_scale=1.0,
        timestep_spacing="trailing",
        clip_sample=False,
    )
    return make_with(
        device,
        transformer,
        rest,
        scheduler,
        patch_size_t=2,
        patch_bias=False,
        sample_width=300,
        sample_height=300,
    )
