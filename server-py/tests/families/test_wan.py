"""What Wan's adapter reads from a pipeline, and what it will not run."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from stock import fresh_pipeline

from l1probe.families.family import Shape, UnsupportedPipeline
from l1probe.families.wan import WAN


def fitted(pipeline: Any) -> Shape:
    assert WAN.fitted is not None
    return WAN.fitted(WAN, pipeline).shape


@pytest.mark.parametrize("missing", ["transformer", "transformer_2"])
def test_experts_are_loaded_both_or_not_at_all(missing):
    pipeline = fresh_pipeline("random:tiny-wan-2.2", torch.float32)
    fitted(pipeline)
    setattr(pipeline, missing, None)
    with pytest.raises(UnsupportedPipeline, match=f"lacks {missing};"):
        fitted(pipeline)


def test_sizes_are_whole_patches_of_whole_latents():
    pipeline = fresh_pipeline("random:tiny-wan", torch.float32)
    assert fitted(pipeline) == Shape(height_multiple=16, width_multiple=16, frame_multiple=4)
    # The VAE of TI2V-5B, whose patches the pipeline would else cut from rounded sizes.
    pipeline.vae_scale_factor_spatial = 16
    assert fitted(pipeline) == Shape(height_multiple=32, width_multiple=32, frame_multiple=4)
