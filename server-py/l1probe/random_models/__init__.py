"""Models with untrained weights, made in place from a configuration: no download needed.

Those at full size have the timings of the real model, the tiny ones its code on a few channels.
Their pictures and curves mean nothing, and every record made with them says so.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

#: `random:NAME` to the module of this package whose `make` builds it; imported when asked for,
#: since a wrong name must be answered before torch is imported.
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
    "tiny-sd3": "tiny_sd3",
    "tiny-flux": "tiny_flux",
    "tiny-flux2": "tiny_flux2",
    "tiny-ltx": "tiny_ltx",
    "tiny-mochi": "tiny_mochi",
    "tiny-cogvideox": "tiny_cogvideox",
    "tiny-cogvideox-1.5": "tiny_cogvideox_1_5",
    "tiny-latte": "tiny_latte",
    "tiny-qwen-image": "tiny_qwen_image",
}


def make_random(
    name: str, device: torch.device, transformer: torch.dtype, rest: torch.dtype
) -> Any:
    """The pipeline of a key of RANDOM_MODELS.

    Args:
        name: which.
        device: where its weights are made; the same seed gives others on another kind of device.
        transformer: dtype of the transformers.
        rest: dtype of the VAE and the text encoders.
    """
    module = importlib.import_module(f"{__name__}.{RANDOM_MODELS[name]}")
    return module.make(device, transformer, rest)
