"""Single cells: events in order, stops within one step, and an unchanged model afterwards."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import torch
from conftest import Bench, Result, flow_shift, make_cell

from l1probe.serving.run_queue import Run
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb


def kinds(result) -> list[str]:
    return [event.WhichOneof("event") for event in result.events]


def test_events_come_in_order(bench):
    assert kinds(bench.run(make_cell())) == ["queued", "started", *["step"] * 4, "finished"]


def test_a_cancelled_cell_stops_within_one_step(bench):
    def cancel_at_step_two(run: Run, event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "step" and event.step.step == 2:
            assert bench.engine.cancel(run.run_id)

    result = bench.run(make_cell(flow_shift(1, 50)), on_event=cancel_at_step_two)
    assert result.failed.reason == pb.FAILURE_REASON_CANCELLED
    # The pipeline may be one step further than the event that was read back.
    assert 3 <= result.failed.steps_done <= 5
    assert len(result.steps) == result.failed.steps_done
    assert bench.engine.load() == pb.Load(queued=0, running=0)


def test_a_cancelled_cell_does_not_change_the_next(bench):
    before = bench.run(make_cell(), (pb.ARTIFACT_KIND_LATENTS,))
    bench.run(
        make_cell(flow_shift(1, 20), seed=5),
        on_event=lambda run, event: (
            run.cancelled.set() if event.WhichOneof("event") == "step" else None
        ),
    )
    after = bench.run(make_cell(), (pb.ARTIFACT_KIND_LATENTS,))
    assert torch.equal(before.tensors["latents"], after.tensors["latents"])


def test_a_queued_cell_can_be_cancelled_before_it_starts(bench):
    entered, release = threading.Event(), threading.Event()

    def hold(event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "started":
            entered.set()
            release.wait(30)

    queued: list[pb.RunResponse] = []
    first = Run(pb.RunRequest(cell=make_cell()), hold)
    second = Run(pb.RunRequest(cell=make_cell()), queued.append)
    futures = [bench.engine.submit(first)]
    assert entered.wait(60)
    futures.append(bench.engine.submit(second))
    assert bench.engine.load() == pb.Load(queued=1, running=1)
    assert queued[0].queued.position == 1
    assert bench.engine.cancel(second.run_id)
    release.set()
    wait(futures, timeout=60)
    assert [e.WhichOneof("event") for e in queued] == ["queued", "failed"]
    assert queued[-1].failed.reason == pb.FAILURE_REASON_CANCELLED
    assert not bench.engine.cancel(second.run_id)


def test_a_cell_cancelled_in_the_queue_ends_while_the_server_is_full(bench):
    queued: list[pb.RunResponse] = []
    steps_by_then: list[int] = []

    def emit(event: pb.RunResponse) -> None:
        queued.append(event)
        if event.WhichOneof("event") == "failed":
            steps_by_then.append(len(result.steps))

    second = Run(pb.RunRequest(cell=make_cell()), emit)

    def cancel_the_other(run: Run, event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "step" and event.step.step == 2:
            assert bench.engine.cancel(second.run_id)

    long = make_cell(flow_shift(1, 60), true_cfg_scale=1.0)
    running, result = bench.start(long, (), cancel_the_other)
    bench.engine.submit(second)
    bench.collect((running, result))
    assert result.finished
    assert queued[-1].failed.reason == pb.FAILURE_REASON_CANCELLED
    assert 3 <= steps_by_then[0] < 60, "while the other went on"


def test_without_statistics_steps_say_what_ran_and_the_latents_are_the_same(bench):
    request = pb.RunRequest(
        cell=make_cell(), keep=[pb.ARTIFACT_KIND_LATENTS], without_statistics=True
    )
    result = Result()
    run = Run(request, result.events.append)
    bench.engine.submit(run)
    bench.collect((run, result))
    usual = bench.run(make_cell(), (pb.ARTIFACT_KIND_LATENTS,))
    assert torch.equal(result.tensors["latents"], usual.tensors["latents"])
    for bare, full in zip(result.steps, usual.steps, strict=True):
        assert not bare.signals
        assert not bare.differences
        assert (bare.sigma, bare.sigma_next, bare.timestep) == (
            full.sigma,
            full.sigma_next,
            full.timestep,
        )


def test_without_frame_sums_the_sums_over_the_whole_stay(bench):
    cell = make_cell(frames=5)
    result = Result()
    run = Run(pb.RunRequest(cell=cell, without_frame_sums=True), result.events.append)
    bench.engine.submit(run)
    bench.collect((run, result))
    for bare, full in zip(result.steps, bench.run(cell).steps, strict=True):
        for ours, usual in (
            *zip(bare.signals, full.signals, strict=True),
            *zip(bare.differences, full.differences, strict=True),
        ):
            assert not ours.frames
            assert len(usual.frames) == 2
            assert ours.whole == usual.whole


def test_closing_ends_every_run_with_its_last_event():
    bench = Bench(parse_settings(["--device", "cpu", "--max-batch", "2"]))
    stepped = threading.Event()

    def note(run: Run, event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "step":
            stepped.set()

    started = [bench.start(make_cell(flow_shift(1, 500), seed=k), (), note) for k in range(4)]
    assert stepped.wait(60)
    bench.close()
    for run, result in started:
        assert run.ended.result(0) == "cancelled"
        assert result.failed.reason == pb.FAILURE_REASON_CANCELLED
    assert bench.engine.load() == pb.Load()


def test_a_failure_inside_the_pipeline_is_reported_without_this_servers_paths(bench, monkeypatch):
    def broken(*arguments: object, **keywords: object) -> None:
        raise RuntimeError("cannot open /srv/models/secret/weights.bin\nsecond line")

    monkeypatch.setattr(type(bench.model.pipeline), "encode_prompt", broken)
    result = bench.run(make_cell())
    assert kinds(result) == ["queued", "failed"]
    assert result.failed.reason == pb.FAILURE_REASON_INTERNAL
    assert result.failed.message == "RuntimeError: cannot open weights.bin"
    monkeypatch.undo()
    assert bench.run(make_cell()).finished


def test_running_out_of_memory_is_reported_as_such(bench, monkeypatch):
    def greedy(*arguments: object, **keywords: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(type(bench.model.pipeline), "encode_prompt", greedy)
    failed = bench.run(make_cell()).failed
    assert failed.reason == pb.FAILURE_REASON_OUT_OF_MEMORY
    assert "fewer frames" in failed.message


def test_one_seed_is_one_noise_and_another_is_another(bench: Bench):
    keep = (pb.ARTIFACT_KIND_TRACE,)
    a, b, c = (
        bench.run(make_cell(seed=seed, sigmas=[1.0]), keep).tensors["latent_in.0000"]
        for seed in (2**32 - 1, 2**32 - 1, 1)
    )
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_nothing_is_decoded_or_saved_unless_requested(bench, monkeypatch):
    def decode(*arguments: object, **keywords: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(type(bench.model.pipeline.vae), "decode", decode)
    assert list(bench.run(make_cell()).finished.artifacts) == []
