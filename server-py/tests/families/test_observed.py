"""`l1probe.observe` on the stock pipeline of every family."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from every_subject import SUBJECTS
from stock import fresh_pipeline

import l1probe


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_every_family_is_observed_in_its_own_loop(subject):
    pipe = fresh_pipeline(subject.model, torch.float32)
    subject.prepare(pipe)
    stock = _output(pipe(**subject.stock_call()))
    with l1probe.observe(pipe) as trace:
        observed = _output(pipe(**subject.stock_call()))
    assert torch.equal(observed, stock)
    assert len(trace.steps) >= len(subject.sigmas)
    (run,) = trace.runs
    sigmas = [step.sigma for step in run.steps if step.evaluation == 0]
    assert all(0 < sigma <= 1 for sigma in sigmas)
    assert sigmas == sorted(sigmas, reverse=True)
    assert run.steps[-1].sigma_next == 0
    cell = subject.make_cell()
    for axis in ("prompt", "height", "width", "frames", "seed"):
        assert run.axes[axis] == getattr(cell, axis), axis
    for step in run.steps:
        assert ("uncond" in step.signals) == (cell.true_cfg_scale > 1)


def _output(output: Any) -> torch.Tensor:
    return output.frames if hasattr(output, "frames") else output.images
