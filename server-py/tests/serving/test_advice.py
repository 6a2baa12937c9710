"""Advice is the pipeline's own defaults, read from diffusers' classes, within what is sampled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import diffusers
import pytest

from l1probe.families import family_of
from l1probe.serving.advice import advice
from l1probe.v1 import probe_pb2 as pb

PRETRAINED = pb.Model(id="owner/name", weights=pb.WEIGHTS_PRETRAINED)


def advised(
    pipeline_class: str, model: pb.Model = PRETRAINED, **attributes: Any
) -> tuple[int, int, int, float, float, int]:
    """What a loaded pipeline of the class would be advised, without loading one."""
    made = type(pipeline_class, (getattr(diffusers, pipeline_class),), {"__init__": lambda _: None})
    pipeline = made.__new__(made)
    for name, value in attributes.items():
        object.__setattr__(pipeline, name, value)
    found = advice(pipeline, family_of(pipeline_class), model)
    return (
        found.height,
        found.width,
        found.frames,
        found.guidance_scale,
        found.true_cfg_scale,
        found.steps,
    )


def with_config(**config: Any) -> SimpleNamespace:
    return SimpleNamespace(config=config)


@pytest.mark.parametrize(
    ("pipeline_class", "attributes", "expected"),
    [
        ("HunyuanVideoPipeline", {}, (720, 1280, 129, 6, 1, 50)),
        # One sampling loop of FramePack makes at most 33 frames.
        ("HunyuanVideoFramepackPipeline", {}, (720, 1280, 33, 6, 1, 50)),
        ("WanPipeline", {}, (480, 832, 81, 1, 5, 50)),
        ("LTXPipeline", {}, (512, 704, 161, 1, 3, 50)),
        (
            "FluxPipeline",
            {"default_sample_size": 128, "vae_scale_factor": 8},
            (1024, 1024, 1, 3.5, 1, 28),
        ),
        (
            "QwenImagePipeline",
            {"default_sample_size": 128, "vae_scale_factor": 8},
            (1024, 1024, 1, 1, 4, 50),
        ),
        (
            "MochiPipeline",
            {"default_height": 480, "default_width": 848},
            (480, 848, 19, 1, 4.5, 64),
        ),
        (
            "CogVideoXPipeline",
            {
                "vae_scale_factor_spatial": 8,
                "transformer": with_config(sample_height=60, sample_width=90, sample_frames=49),
            },
            (480, 720, 49, 1, 6, 50),
        ),
        ("LattePipeline", {}, (512, 512, 16, 1, 7.5, 50)),
    ],
)
def test_advice_is_what_the_pipeline_runs_by_default(pipeline_class, attributes, expected):
    assert advised(pipeline_class, **attributes) == expected


def test_a_pipeline_without_a_default_size_has_no_advice_on_it():
    assert advised("HunyuanVideo15Pipeline")[:3] == (0, 0, 121)


def test_a_tiny_random_model_gets_a_size_that_a_person_waits_for():
    tiny = pb.Model(id="random:tiny-mochi", weights=pb.WEIGHTS_RANDOM)
    # Mochi makes 6k + 1 frames.
    assert advised("MochiPipeline", tiny)[:3] == (64, 64, 13)
    assert advised("FluxPipeline", tiny)[:3] == (64, 64, 1)
