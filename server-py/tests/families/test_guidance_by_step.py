"""Guidance that changes within a cell equals what people write around the stock pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from conftest import Bench
from every_subject import SUBJECTS
from stock import fresh_pipeline
from subjects import Subject
from torch import Tensor

from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

pytestmark = pytest.mark.filterwarnings("ignore:In CPU autocast")

SCALES = (3.0, 7.5, 2.0, 4.5)


def subject_named(name: str) -> Subject:
    return next(subject for subject in SUBJECTS if subject.name == name)


def ours(subject: Subject, **scales: Sequence[float]) -> list[Tensor]:
    """The latents after each step, on the server's engine."""
    bench = Bench(parse_settings(["--device", "cpu", "--max-batch", "1", "--model", subject.model]))
    try:
        cell = subject.make_cell(solver_state=pb.SOLVER_STATE_STOCK, true_cfg_scale=None, **scales)
        result = bench.run(cell, [pb.ARTIFACT_KIND_TRACE])
        assert result.finished
        return [result.tensors[f"latent_out.{k:04d}"] for k in range(len(subject.sigmas))]
    finally:
        bench.close()


def stock(subject: Subject, prepare: Any = lambda pipeline: None, **call: Any) -> list[Tensor]:
    """The latents after each step of diffusers' own pipeline."""
    pipeline = fresh_pipeline(subject.model, torch.float32)
    subject.prepare(pipeline)
    prepare(pipeline)
    pipeline.scheduler = subject.scheduler(pipeline.scheduler, subject.sigmas)
    pipeline(**{**subject.stock_call(), **call})
    return [subject.of_the_clip(latents) for latents in pipeline.scheduler.seen]


def assert_equal(one: list[Tensor], other: list[Tensor]) -> None:
    assert len(one) == len(other) == len(SCALES)
    for step, (a, b) in enumerate(zip(one, other, strict=True)):
        assert torch.equal(a, b), f"step {step}"


@pytest.mark.parametrize("name", ["ltx", "sd3", "mochi", "cogvideox"])
def test_scales_by_step_are_a_callback_that_sets_the_guidance_scale(name):
    def callback(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        pipe._guidance_scale = (*SCALES, 1.0)[step + 1]
        return {}

    subject = subject_named(name)
    theirs = stock(subject, guidance_scale=SCALES[0], callback_on_step_end=callback)
    assert_equal(ours(subject, true_cfg_scales=SCALES), theirs)


def test_scales_by_expert_are_wan_22s_two_guidance_scales():
    subject = subject_named("wan-2.2")
    theirs = stock(subject, guidance_scale=4.0, guidance_scale_2=3.0)
    assert_equal(ours(subject, expert_true_cfg_scales=[4.0, 3.0]), theirs)
    # The same scales by step: two steps are the first expert's.
    assert_equal(ours(subject, true_cfg_scales=[4.0, 4.0, 3.0, 3.0]), theirs)


@pytest.mark.parametrize(("start", "stop"), [(0.0, 0.5), (0.3, 0.8), (0.25, 1.0)])
def test_scales_of_a_window_are_diffusers_guider_with_start_and_stop(start, stop):
    subject = subject_named("hunyuan-video-15")

    def window(pipeline: Any) -> None:
        pipeline.guider = pipeline.guider.new(guidance_scale=5.0, start=start, stop=stop)

    steps = len(subject.sigmas)
    first, end = int(start * steps), int(stop * steps)
    scales = [5.0 if first <= step < end else 1.0 for step in range(steps)]
    assert_equal(ours(subject, true_cfg_scales=scales), stock(subject, window))
