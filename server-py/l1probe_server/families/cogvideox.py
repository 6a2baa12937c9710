"""CogVideoX, text to video (arXiv:2408.06072): predicts v on a variance-preserving schedule.

Frames come before channels, and both ways of guidance are one forward. CogVideoX-1.5 pairs latent
frames; where their number is odd its pipeline puts one more in front, which the sums include and
the clip does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL.Image import Image

from l1probe.v1.probe_pb2 import Cell
from l1probe_server.families.family import (
    VARIANCE_PRESERVING_SAMPLERS,
    Family,
    Shape,
    frames_on_axis,
    negative_prompt,
)
from l1probe_server.families.timestep_spacing import spacing


def _arguments(cell: Cell, image: Image | None) -> Mapping[str, Any]:
    return {
        "prompt": cell.prompt,
        "negative_prompt": negative_prompt(cell),
        "guidance_scale": cell.true_cfg_scale,
        "height": cell.height,
        "width": cell.width,
        "num_frames": cell.frames,
    }


COGVIDEOX = Family(
    name="cogvideox",
    pipeline_classes=("CogVideoXPipeline",),
    shape=Shape(height_multiple=16, width_multiple=16, frame_multiple=4),
    layout=frames_on_axis(1),
    embedded_guidance=False,
    true_cfg=True,
    arguments=_arguments,
    low_precision_inputs=frozenset({"hidden_states", "encoder_hidden_states"}),
    single_dtype=True,
    samplers=VARIANCE_PRESERVING_SAMPLERS,
    prediction="v",
    joined_guidance=True,
    shared_inputs=frozenset({"image_rotary_emb"}),
    default_schedule=spacing,
)
