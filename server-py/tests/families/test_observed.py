"""`l1probe.observe` on the stock pipeline of every family."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from every_subject import SUBJECTS
from stock import fresh_pipeline

import l1probe
from l1probe.observe.observer import is_hooked


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_every_family_is_observed_in_its_own_loop(subject):
    pipe = fresh_pipeline(subject.model, torch.float32)
    subject.prepare(pipe)
    with l1probe.observe(pipe) as trace:
        observed = _output(pipe(**subject.stock_call()))
    assert len(trace.steps) >= len(subject.sigmas)
    (run,) = trace.runs
    sigmas = [step.sigma for step in run.steps if step.evaluation == 0]
    assert all(0 < sigma <= 1 for sigma in sigmas)
    assert sigmas == sorted(sigmas, reverse=True)
    assert run.steps[-1].sigma_next == 0
    cell = subject.make_cell()
    for axis in ("prompt", "height", "width", "frames", "seed"):
        assert run.axes[axis] == getattr(cell, axis), axis
    # HunyuanVideo-1.5's guider keeps its scale to itself.
    if subject.says.family != "hunyuan_video_15":
        assert run.axes["true_cfg_scale"] == cell.true_cfg_scale
    for step in run.steps:
        assert ("uncond" in step.signals) == (cell.true_cfg_scale > 1)
    _runs_a_schedule_verbatim(pipe, subject)
    # After both blocks the pipeline is the stock one again.
    parts = (pipe, pipe.scheduler, pipe.vae, pipe.transformer)
    assert not any(is_hooked(part) for part in parts if part is not None)
    assert torch.equal(observed, _output(pipe(**subject.stock_call())))


def _runs_a_schedule_verbatim(pipe: Any, subject: Any) -> None:
    call = subject.stock_call()
    del call["num_inference_steps"]
    with l1probe.observe(pipe, sigmas=subject.odd_sigmas, solver_state="float32") as trace:
        pipe(**call)
    assert [step.sigma for step in trace.steps] == [
        float(np.float32(s)) for s in subject.odd_sigmas
    ]
    assert trace.runs[0].axes["sampler"] == subject.says.samplers[0]


def test_every_section_of_framepack_is_a_run():
    subject = next(subject for subject in SUBJECTS if subject.name == "framepack")
    pipe = fresh_pipeline(subject.model, torch.float32)
    call = {"num_frames": 17, "num_inference_steps": 2}
    with l1probe.observe(pipe) as trace:
        pipe(**{**subject.stock_call(), **call})
    assert [[step.step for step in run.steps] for run in trace.runs] == [[0, 1], [0, 1]]
    assert [run.axes["cell_id"] for run in trace.runs] == ["run-0", "run-1"]
    assert all("cond" not in run.steps[0].differences for run in trace.runs)


def _output(output: Any) -> torch.Tensor:
    made = output.frames if hasattr(output, "frames") else output.images
    # FramePack returns a list of clips.
    return made[0] if isinstance(made, list) else made
