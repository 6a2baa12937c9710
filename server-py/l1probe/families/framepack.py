"""FramePack (arXiv:2504.12626): HunyuanVideo that makes a clip in sections, each its own loop.

Every section repeats the schedule, so a cell is one section: the pipeline's window is set to the
cell's frames. The released models were trained on windows of nine latent frames, which is the
maximum here; shorter windows are outside their training. The decoded clip has the picture's own
latent frame before the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.Image import Image

from l1probe.families.cell import Cell
from l1probe.families.family import Family, Shape, frames_on_axis
from l1probe.families.hunyuan_video import HUNYUAN_VIDEO, hunyuan_video_arguments
from l1probe.families.latent_shape import LatentShape, video_latents
from l1probe.families.shifted_by_size import preset_or_shift

#: Latent frames per section of the released models.
WINDOW = 9

#: The scheduler settings of FramePack's own code; its shift follows a window's tokens, up to 7.
DYNAMIC = {
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
    "base_shift": 0.5,
    "max_shift": 1.15,
}

_SHAPE = Shape(
    height_multiple=16, width_multiple=16, frame_multiple=4, max_frames=4 * (WINDOW - 1) + 1
)


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    window = (cell.frames - 1) // _SHAPE.frame_multiple + 1
    return {
        **hunyuan_video_arguments(cell, image),
        "image": image,
        "latent_window_size": window,
    }


def _latents(pipeline: Any) -> LatentShape:
    return video_latents(pipeline, pipeline.transformer.config.in_channels)


FRAMEPACK = Family(
    name="framepack",
    pipeline_classes=("HunyuanVideoFramepackPipeline",),
    shape=_SHAPE,
    layout=frames_on_axis(2),
    embedded_guidance=True,
    true_cfg=True,
    arguments=_arguments,
    text=HUNYUAN_VIDEO.text,
    low_precision_inputs=HUNYUAN_VIDEO.low_precision_inputs
    | {"image_embeds", "latents_clean", "latents_history_2x", "latents_history_4x"},
    shared_inputs=frozenset(
        {
            "indices_latents",
            "indices_latents_clean",
            "indices_latents_history_2x",
            "indices_latents_history_4x",
        }
    ),
    needs_image=True,
    padded_text=HUNYUAN_VIDEO.padded_text,
    latents=_latents,
    default_schedule=preset_or_shift("preset:framepack", DYNAMIC),
)
