"""Pipelines that the two hooks cannot observe, with the reason."""

from __future__ import annotations

#: From diffusers' class to why no family runs it.
UNSUPPORTED = dict.fromkeys(
    (
        "LTX2Pipeline",
        "LTX2ConditionPipeline",
        "LTX2DFRPipeline",
        "LTX2DFRTemporalRefinePipeline",
        "LTX2HDRPipeline",
        "LTX2ImageToVideoPipeline",
        "LTX2InContextPipeline",
    ),
    "LTX-2 denoises a clip and its sound together, so each step steps two latents, the second one "
    "with a copy of the scheduler, and guides both as x₀, whereas l1probe observes one latent that "
    "one solver steps; its schedules are presets (preset:ltx-2, preset:ltx-2-diffusers) that "
    "LTXPipeline can run",
)
