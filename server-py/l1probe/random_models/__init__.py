"""Models with untrained weights, built from a configuration without a download.

A full-size model has the timings of the published one; a tiny one runs its code on a few channels.
Their images and curves mean nothing, and every record of them says so.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

#: From the NAME of `random:NAME` to the module of this package whose `make` builds it. Modules are
#: imported on use, so that a wrong name is refused before torch is imported.
RANDOM_MODELS = {
    "hunyuan-video": "hunyuan_video",
    "tiny-hunyuan-video-i2v": "tiny_hunyuan_video_i2v",
    "tiny-hunyuan-video-i2v-concat": "tiny_hunyuan_video_i2v_concat",
    "tiny-framepack": "tiny_framepack",
    "tiny-skyreels-i2v": "tiny_skyreels_i2v",
    "tiny-hunyuan-video-15": "tiny_hunyuan_video_15",
    "tiny-wan": "tiny_wan",
    "tiny-wan-i2v": "tiny_wan_i2v",
    "tiny-wan-2.2": "tiny_wan_2_2",
    "tiny-wan-2.2-ti2v": "tiny_wan_2_2_ti2v",
    "tiny-wan-vace": "tiny_wan_vace",
    "tiny-sd3": "tiny_sd3",
    "tiny-flux": "tiny_flux",
    "tiny-flux2": "tiny_flux2",
    "tiny-ltx": "tiny_ltx",
    "tiny-mochi": "tiny_mochi",
    "tiny-cogvideox": "tiny_cogvideox",
    "tiny-cogvideox-1.5": "tiny_cogvideox_1_5",
    "tiny-latte": "tiny_latte",
    "tiny-qwen-image": "tiny_qwen_image",
    "tiny-z-image": "tiny_z_image",
}


def make_random(
    name: str, device: torch.device, transformer: torch.dtype, rest: torch.dtype
) -> Any:
    """The pipeline of a key of RANDOM_MODELS, with the same weights on every device.

    Args:
        name: a key of RANDOM_MODELS.
        device: where its parameters are made. Its buffers are on the CPU until the pipeline moves.
        transformer: dtype of the transformers.
        rest: dtype of the VAE and the text encoders.
    """
    # Imports torch.
    from l1probe.random_models.weights import restart_draws

    module = importlib.import_module(f"{__name__}.{RANDOM_MODELS[name]}")
    restart_draws()
    return module.make(device, transformer, rest)
