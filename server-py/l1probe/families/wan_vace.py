"""Wan VACE (arXiv:2503.07598), text to video: Wan with a second, controlling stack of blocks.

Without a video, a mask and reference images, the pipeline's control is what VACE was trained with
for text to video: a clip of zeros, all of it to be generated. Cells have no fields for the three,
and reference images would add latent frames that are not the clip's, so they are not supported.
"""

from __future__ import annotations

from l1probe.families.family import Family
from l1probe.families.wan import WAN, fitted_wan, wan_arguments, wan_default_schedule

WAN_VACE = Family(
    name="wan_vace",
    pipeline_classes=("WanVACEPipeline",),
    shape=WAN.shape,
    layout=WAN.layout,
    embedded_guidance=False,
    true_cfg=True,
    arguments=wan_arguments,
    text=WAN.text,
    low_precision_inputs=WAN.low_precision_inputs
    | {"control_hidden_states", "control_hidden_states_scale"},
    transformers=WAN.transformers,
    # One scale per block of the second stack; the same for all cells.
    shared_inputs=frozenset({"control_hidden_states_scale"}),
    latents=WAN.latents,
    encode=WAN.encode,
    fitted=fitted_wan,
    default_schedule=wan_default_schedule,
)
