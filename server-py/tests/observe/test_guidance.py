"""A scale of true CFG whose value is that of the step that runs."""

from __future__ import annotations

import pytest
import torch
from conftest import make_cell

from l1probe.families import Cell
from l1probe.observe.guidance import Guidance, SteppedScale, guidance_of
from l1probe.serving.messages import cell_of
from l1probe.v1 import probe_pb2 as pb


def cell(**changes: object) -> Cell:
    return cell_of(make_cell([1.0, 0.5], **{"true_cfg_scale": None, **changes}))


def test_the_number_compares_as_the_largest_scale_and_multiplies_by_that_of_the_step():
    guidance = Guidance(cell(true_cfg_scales=[1.0, 6.0]), ())
    number, prediction = guidance.number, torch.tensor([2.0, -3.0])
    for step, scale in enumerate((1.0, 6.0)):
        guidance.enter(step, "transformer")
        assert number == 6
        assert number > 1
        assert torch.equal(number * prediction, scale * prediction)
        assert torch.equal((number - 1) * prediction, (scale - 1) * prediction)
        assert torch.equal((1 + 2 * number) / 4 * prediction, (1 + 2 * scale) / 4 * prediction)
        guidance.leave()


def test_a_pipeline_that_guides_by_another_number_is_refused():
    guidance = Guidance(cell(true_cfg_scales=[3.0, 6.0]), ())
    guidance.enter(0, "transformer")
    _ = float(guidance.number) * torch.ones(2)
    with pytest.raises(RuntimeError, match="did not multiply by its scale"):
        guidance.leave()


def test_each_expert_has_its_own_scale():
    guidance = Guidance(cell(expert_true_cfg_scales=[4.0, 3.0]), ("transformer", "transformer_2"))
    guidance.enter(0, "transformer_2")
    assert guidance.scale == 3
    guidance.enter(1, "transformer")
    assert guidance.scale == 4


def test_one_number_needs_no_guidance_of_its_own():
    assert guidance_of(cell(true_cfg_scale=6.0), ()) is None
    assert guidance_of(cell(true_cfg_scales=[1.0, 1.0]), ()) is None
    assert isinstance(SteppedScale(2.0, lambda: 3.0), float)


@pytest.mark.parametrize(
    ("scales", "key"),
    [
        ({"true_cfg_scale": 1.0}, (1.0, ())),
        ({"true_cfg_scale": 6.0}, (2.0, ())),
        ({"true_cfg_scales": [6.0, 1.0]}, (2.0, ())),
        ({"true_cfg_scales": [1.0, 1.0]}, (1.0, ())),
        ({"true_cfg_scales": [1.0, 6.0]}, (0.0, ())),
        ({"expert_true_cfg_scales": [4.0, 3.0]}, (2.0, ())),
        ({"expert_true_cfg_scales": [4.0, 1.0]}, (0.0, (2.0, 1.0))),
        ({"expert_true_cfg_scales": [1.0, 3.0]}, (0.0, (1.0, 2.0))),
    ],
)
def test_the_first_step_key_keeps_of_the_scales_what_the_first_evaluation_reads(scales, key):
    first = cell(**scales).first_step
    assert (first.true_cfg_scale, first.expert_true_cfg_scales) == key
    assert first.true_cfg_scales == ()


def test_a_step_without_guidance_computes_one_forward_and_gives_cond(bench):
    kept = [pb.ARTIFACT_KIND_TRACE]
    scales = [3.0, 1.0, 3.0, 1.0]
    guided = bench.run(make_cell(true_cfg_scale=None, true_cfg_scales=scales), kept)
    for step in guided.steps:
        names = {s.signal for s in step.signals}
        assert (pb.SIGNAL_UNCOND in names) == (step.true_cfg_scale > 1)
        assert not any(d.difference == pb.DIFFERENCE_UNCOND for d in step.differences)
    for step in (1, 3):
        cfg, cond = (guided.tensors[f"{name}.{step:04d}"] for name in ("cfg", "cond"))
        assert torch.equal(cfg, cond)


def test_cells_that_share_a_first_step_and_batches_equal_single_cells(bench, batched_bench):
    sigmas = [1.0, 0.75, 0.5, 0.25]
    lists = [[3.0, 1.0, 1.0, 1.0], [1.0, 3.0, 3.0, 1.0], [3.0, 3.0, 6.0, 6.0]]
    cells = [
        *(make_cell(sigmas, true_cfg_scale=None, true_cfg_scales=scales) for scales in lists),
        make_cell(sigmas, true_cfg_scale=6.0),
        make_cell(sigmas, true_cfg_scale=1.0),
    ]
    kept = [pb.ARTIFACT_KIND_LATENTS]
    together = batched_bench.together(cells, kept)
    for one, ours in zip(cells, together, strict=True):
        alone = bench.run(one, kept).tensors["latents"]
        assert (ours.tensors["latents"] - alone).abs().max() <= 1e-4 * alone.abs().max()
    # Only those whose first step has true CFG share one.
    assert [ours.steps[0].shared for ours in together] == [False, False, True, True, False]
