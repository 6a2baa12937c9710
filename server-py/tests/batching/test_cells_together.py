"""Concurrent cells on the bundled model: each gives the result that it gives alone."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from conftest import Bench, Result, flow_shift, make_cell, ratio
from torch import nn

from l1probe.families.family import FLOW_SAMPLERS
from l1probe.serving.run_queue import Run
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

LATENTS = (pb.ARTIFACT_KIND_LATENTS,)


@pytest.fixture(scope="module")
def four() -> Iterator[Bench]:
    """The bundled model in float32, with batches of at most four samples."""
    bench = Bench(parse_settings(["--device", "cpu", "--max-batch", "4"]))
    yield bench
    bench.close()


plug_seeds = itertools.count()


def at_once(
    bench: Bench,
    cells: Sequence[pb.Cell],
    on_event: Callable[[Run, pb.RunResponse], None] = lambda run, event: None,
) -> list[Result]:
    """Runs cells that are all queued before the first one starts."""
    entered, release = threading.Event(), threading.Event()

    def hold(run: Run, event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "started":
            entered.set()
            assert release.wait(60)

    # One forward of no other cell.
    small = {"height": 32, "width": 32, "true_cfg_scale": 1.0, "seed": next(plug_seeds)}
    plug = bench.start(make_cell([0.5], **small), (), hold)
    assert entered.wait(60)
    started = [bench.start(cell, LATENTS, on_event) for cell in cells]
    release.set()
    bench.collect(plug)
    return [bench.collect(one) for one in started]


@contextmanager
def before_forwards(bench: Bench, note: Callable[[Mapping[str, Any]], None]) -> Iterator[None]:
    """Calls `note` with the inputs of every batch that the transformer receives."""

    def hook(module: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        note(named)

    handle = bench.model.pipeline.transformer.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def assert_as_alone(bench: Bench, cell: pb.Cell, ours: Result) -> None:
    """Latents within 1e-4 of their largest, and every ratio of every step within 1e-4 of itself."""
    alone = bench.run(cell, LATENTS)
    assert {step.batch_size for step in alone.steps} == {1}
    assert ours.finished
    wanted = alone.tensors["latents"]
    assert (ours.tensors["latents"] - wanted).abs().max() <= 1e-4 * wanted.abs().max()
    for mine, theirs in zip(ours.steps, alone.steps, strict=True):
        assert (mine.step, mine.evaluation, mine.sigma, mine.sigma_next, mine.timestep) == (
            theirs.step,
            theirs.evaluation,
            theirs.sigma,
            theirs.sigma_next,
            theirs.timestep,
        )
        kinds = [difference.difference for difference in theirs.differences]
        assert [difference.difference for difference in mine.differences] == kinds
        for kind in kinds:
            assert ratio(mine, kind) == pytest.approx(ratio(theirs, kind), rel=1e-4)


def test_sixteen_cells_that_differ_in_everything_but_size_equal_single_cells(bench, batched_bench):
    prompts = ("a red circle", "a blue square moving left on a grey background", "")
    cells = [
        make_cell(
            flow_shift(1 + k, 2 + k % 3),
            sampler=FLOW_SAMPLERS[k % len(FLOW_SAMPLERS)],
            seed=k // 2,
            prompt=prompts[k % 3],
            negative_prompt=prompts[k % 2],
            true_cfg_scale=(3.0, 1.0, 5.5)[k % 3],
            guidance_scale=(1.0, 6.0)[k % 2],
            solver_state=pb.SOLVER_STATE_STOCK if k % 4 == 3 else pb.SOLVER_STATE_FLOAT32,
        )
        for k in range(16)
    ]
    results = at_once(batched_bench, cells)
    for cell, ours in zip(cells, results, strict=True):
        assert_as_alone(bench, cell, ours)
    # All sixteen ran their first forward in a batch, even if they did not share the first step.
    assert [ours.steps[0].batch_size for ours in results] == [16] * 16


def test_a_finished_cell_is_replaced_in_the_next_batch(four):
    cells = [
        make_cell(flow_shift(7, steps), seed=40 + k, true_cfg_scale=1.0)
        for k, steps in enumerate((1, 5, 5, 5, 5))
    ]
    sizes = [[step.batch_size for step in one.steps] for one in at_once(four, cells)]
    assert sizes == [[4], [4] * 5, [4] * 5, [4] * 5, [4, 4, 4, 4, 1]]


def test_equal_requests_make_equal_batches_and_equal_numbers(four):
    def sums(seeds: int) -> list[Any]:
        cells = [
            make_cell(
                flow_shift(7, 1 + k % 3),
                seed=seeds + k,
                frames=5 if k == 2 else 1,
                true_cfg_scale=2,
            )
            for k in range(7)
        ]
        return [
            [(step.batch_size, step.shared, *map(str, step.signals)) for step in one.steps]
            for one in at_once(four, cells)
        ]

    first = sums(50)
    for k in range(8):
        # Other first steps, so that the earlier ones are forgotten.
        four.run(make_cell([0.5], seed=70 + k, true_cfg_scale=1.0))
    assert sums(50) == first


def test_clips_and_images_share_no_forward(four):
    rows: list[tuple[int, int]] = []
    cells = [make_cell(frames=(1, 5)[k % 2], seed=80 + k, true_cfg_scale=1.0) for k in range(4)]
    with before_forwards(
        four, lambda named: rows.append(tuple(named["hidden_states"].shape[::2][:2]))
    ):
        results = at_once(four, cells)
    assert set(rows[1:]) == {(2, 1), (2, 2)}
    assert {step.batch_size for one in results for step in one.steps} == {2}


def test_a_shared_first_step_is_copied_and_remembered_for_later_cells(bench, four):
    cells = [make_cell(flow_shift(shift, 3), seed=90) for shift in (3, 7)]
    cells.append(make_cell(flow_shift(3, 3), seed=90, sampler="heun", true_cfg_scale=4.0))
    other = make_cell(flow_shift(3, 3), seed=91)
    results = at_once(four, [*cells, other])
    later = four.run(cells[1], LATENTS)
    shared = [[step.shared for step in one.steps] for one in (*results[:2], results[3], later)]
    assert shared == [
        [False] * 3,
        [True, False, False],
        [False] * 3,
        [True, False, False],
    ]
    assert [step.shared for step in results[2].steps] == [True] + [False] * 4
    for cell, ours in zip((*cells, other, cells[1]), (*results, later), strict=True):
        assert_as_alone(bench, cell, ours)


def test_a_cancelled_cell_ends_within_a_step_and_the_others_continue(bench, four):
    cells = [make_cell(flow_shift(7, 8), seed=100 + k, true_cfg_scale=1.0) for k in range(4)]
    cells[1].cell_id = "unwanted"

    def cancel(run: Run, event: pb.RunResponse) -> None:
        if run.request.cell.cell_id == "unwanted" and event.WhichOneof("event") == "step":
            run.cancelled.set()

    results = at_once(four, cells, cancel)
    stopped = results.pop(1)
    assert stopped.failed.reason == pb.FAILURE_REASON_CANCELLED
    assert stopped.failed.steps_done == len(stopped.steps) <= 3
    for cell, ours in zip((cells[0], *cells[2:]), results, strict=True):
        assert_as_alone(bench, cell, ours)
        sizes = [step.batch_size for step in ours.steps]
        assert (sizes[0], sizes[-1]) == (4, 3)


def test_a_failing_forward_fails_one_cell_only(bench, four):
    cells = [make_cell(flow_shift(7, 3), seed=110 + k, true_cfg_scale=1.0) for k in range(4)]
    cells[2].guidance_scale = 7.0

    def fail(named: Mapping[str, Any]) -> None:
        if (named["guidance"] == 7000).any():
            raise ValueError("no such guidance in /srv/models/hunyuan/config.json")

    with before_forwards(four, fail):
        results = at_once(four, cells)
    failed = results.pop(2).failed
    assert failed.reason == pb.FAILURE_REASON_INTERNAL
    assert failed.message == "ValueError: no such guidance in config.json"
    for cell, ours in zip((*cells[:2], cells[3]), results, strict=True):
        assert_as_alone(bench, cell, ours)


def test_a_prompt_that_cannot_be_encoded_fails_one_cell_only(bench, four, monkeypatch):
    stock = type(four.model.pipeline).encode_prompt

    def encode(self: Any, prompt: str, *args: Any, **kwargs: Any) -> Any:
        if prompt == "unspeakable":
            raise RuntimeError("no words")
        return stock(self, prompt, *args, **kwargs)

    monkeypatch.setattr(type(four.model.pipeline), "encode_prompt", encode)
    cells = [make_cell(seed=120 + k) for k in range(3)]
    cells[0].prompt = "unspeakable"
    failed, *others = at_once(four, cells)
    assert failed.failed.message == "RuntimeError: no words"
    monkeypatch.undo()
    for cell, ours in zip(cells[1:], others, strict=True):
        assert_as_alone(bench, cell, ours)


def test_batches_too_large_for_memory_run_in_halves(bench, four):
    cells = [make_cell(flow_shift(7, 3), seed=130 + k) for k in range(4)]

    def fill(named: Mapping[str, Any]) -> None:
        if len(named["hidden_states"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    with before_forwards(four, fill):
        results = at_once(four, cells)
    for cell, ours in zip(cells, results, strict=True):
        assert_as_alone(bench, cell, ours)
        assert {step.batch_size for step in ours.steps} == {2}


def test_gradients_stay_off_while_cells_come_and_go(four):
    enabled: list[bool] = []
    cells = [make_cell(flow_shift(7, 1 + k), seed=140 + k, true_cfg_scale=1.0) for k in range(6)]
    with before_forwards(four, lambda named: enabled.append(torch.is_grad_enabled())):
        at_once(four, cells, lambda run, event: enabled.append(torch.is_inference_mode_enabled()))
    assert len(enabled) > 12
    assert not any(enabled)


def test_measured_batch_sizes_are_those_that_ran(four):
    before = {
        (one.height, one.width, one.frames, one.batch_size): one.forwards
        for one in four.engine.forward_times.measured()
    }
    cells = [
        make_cell(flow_shift(7, 3), seed=150 + k, true_cfg_scale=1.0, height=48) for k in range(3)
    ]
    at_once(four, cells)
    counts = {
        (one.height, one.width, one.frames, one.batch_size): one.forwards
        for one in four.engine.forward_times.measured()
    }
    new = {key: count - before.get(key, 0) for key, count in counts.items()}
    assert {key: count for key, count in new.items() if count} == {
        (32, 32, 1, 1): 1,
        (48, 64, 1, 3): 3,
    }
