"""A real server process: the contract as a client meets it."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
import torch
from conftest import SERVER_PY, Server, flow_shift, make_cell
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from safetensors.torch import load
from starts import start_of

from l1probe.families import FAMILIES
from l1probe.serving import service
from l1probe.serving.engine import Engine
from l1probe.serving.loading import LoadedModel, load_model
from l1probe.serving.model_name import CannotLoad
from l1probe.serving.run_queue import Run
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

SERVING = health_pb2.HealthCheckResponse.SERVING


def wait_until_idle(server: Server, seconds: float) -> float:
    """How long it took until nothing was queued or running."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if server.stub.Describe(pb.DescribeRequest()).load == pb.Load():
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError("still busy")


def test_describe_says_what_is_served(server):
    described = server.stub.Describe(pb.DescribeRequest())
    model = described.provenance.model
    assert (model.id, model.family, model.pipeline) == (
        "tiny",
        "hunyuan_video",
        "HunyuanVideoPipeline",
    )
    assert model.weights == pb.WEIGHTS_BUNDLED
    assert model.transformer_dtype == "float32"
    assert model.fingerprint.startswith("sha256:")
    assert described.default_schedule == "shift:7"
    assert described.guidance_modes == pb.GuidanceModes(embedded=True, true_cfg=True)
    assert described.advice == pb.Advice(
        height=64, width=64, frames=9, guidance_scale=1, true_cfg_scale=3, steps=20
    )
    assert {"l1probe", "torch", "diffusers", "python"} <= set(described.provenance.versions)


def test_health_and_reflection_answer(server):
    with grpc.insecure_channel(server.address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        for name in ("", service.SERVICE):
            answer = health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == SERVING
        mirror: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        listing = mirror.ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        names = {s.name for s in next(listing).list_services_response.service}
    assert {service.SERVICE, "grpc.health.v1.Health"} <= names


def test_a_start_that_was_sent_or_kept_once_is_named_by_its_hash_alone(server):
    def ended(cell: pb.Cell, keep: Any = ()) -> pb.Finished:
        request = pb.RunRequest(cell=cell, keep=keep)
        return list(server.stub.Run(request))[-1].finished

    def fetched(finished: pb.Finished) -> bytes:
        [artifact] = finished.artifacts
        request = pb.FetchArtifactRequest(artifact_id=artifact.artifact_id)
        chunks = b"".join(one.data for one in server.stub.FetchArtifact(request))
        return load(chunks)["latents"].numpy().tobytes()

    latents = (pb.ARTIFACT_KIND_LATENTS,)
    sent = start_of(torch.full((1, 16, 1, 8, 8), 0.25), noised=True)
    named = pb.Start()
    named.CopyFrom(sent)
    named.ClearField("data")
    cell = make_cell([0.5, 0.25])
    cell.start.CopyFrom(named)
    with pytest.raises(grpc.RpcError, match="does not have the content") as refusal:
        ended(cell)
    assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    cell.start.CopyFrom(sent)
    first = fetched(ended(cell, latents))
    cell.start.CopyFrom(named)
    assert fetched(ended(cell, latents)) == first
    # The final latents of that run were kept, so nobody has sent them.
    cell.start.sha256 = hashlib.sha256(first).digest()
    assert fetched(ended(cell, latents)) != first


def test_a_large_picture_comes_through(server):
    cell = make_cell([1.0, 0.5])
    cell.image = bytes(5 << 20)
    with pytest.raises(grpc.RpcError, match="takes no picture") as refusal:
        list(server.stub.Run(pb.RunRequest(cell=cell)))
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_bad_input_is_refused_before_any_event(server):
    with pytest.raises(grpc.RpcError) as refusal:
        list(server.stub.Run(pb.RunRequest(cell=make_cell([1.0, 0.5, 0.6]))))
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert str(refusal.value.details()).startswith("cell.sigmas[2] is 0.6 after 0.5;")


def test_a_clip_is_kept_and_fetched_whole(server):
    request = pb.RunRequest(cell=make_cell(frames=9), keep=[pb.ARTIFACT_KIND_VIDEO])
    *_, last = server.stub.Run(request)
    (artifact,) = last.finished.artifacts
    chunks = server.stub.FetchArtifact(pb.FetchArtifactRequest(artifact_id=artifact.artifact_id))
    data = b"".join(chunk.data for chunk in chunks)
    assert len(data) == artifact.size
    assert hashlib.sha256(data).hexdigest() == artifact.sha256
    assert data[4:8] == b"ftyp"


def test_an_unknown_artifact_is_not_found(server):
    with pytest.raises(grpc.RpcError) as refusal:
        list(server.stub.FetchArtifact(pb.FetchArtifactRequest(artifact_id="gone")))
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND


def test_cancel_stops_a_run_within_one_step(server):
    stream = server.stub.Run(pb.RunRequest(cell=make_cell(flow_shift(1, 1000))))
    run_id, seen = "", 0
    for event in stream:
        kind = event.WhichOneof("event")
        if kind == "queued":
            run_id = event.queued.run_id
        if kind == "step":
            seen += 1
            if event.step.step == 3:
                assert server.stub.Cancel(pb.CancelRequest(run_id=run_id)).found
        if kind == "failed":
            assert event.failed.reason == pb.FAILURE_REASON_CANCELLED
            assert event.failed.steps_done == seen
            assert seen < 200  # of 1000; how many were on their way depends on the machine
            break
    assert wait_until_idle(server, 5) < 5
    assert not server.stub.Cancel(pb.CancelRequest(run_id=run_id)).found


def test_a_lost_client_stops_its_run(server):
    with grpc.insecure_channel(server.address) as channel:
        stub = type(server.stub)(channel)
        for event in stub.Run(pb.RunRequest(cell=make_cell(flow_shift(1, 1000)))):
            if event.WhichOneof("event") == "step":
                break
        # Leaving the block closes the channel, as a dying client does.
    wait_until_idle(server, 5)


def test_the_event_loop_answers_while_a_cell_runs(server):
    stream = server.stub.Run(pb.RunRequest(cell=make_cell(flow_shift(1, 1000), frames=9)))
    next(e for e in stream if e.WhichOneof("event") == "step")
    server.stub.Describe(pb.DescribeRequest(), timeout=2)
    stream.cancel()
    wait_until_idle(server, 10)


def start(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "l1probe", *flags],
        cwd=SERVER_PY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_refused_with_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = start("--port", str(port))
    assert result.returncode == 2
    assert f"127.0.0.1:{port} cannot be bound" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_that_does_not_exist_is_refused_with_a_sentence():
    result = start("--port", "0", "--model", "./nowhere")
    assert result.returncode == 2
    assert "--model ./nowhere is neither a local folder nor a hub id" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--offload", "model", "--device", "cpu"], "--offload model needs a GPU"),
        (["--device", "cuda:99"], "--device cuda:99 cannot be used here"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused_with_a_sentence(flags, sentence):
    # A process would end with this sentence and exit code 2, as it does for a taken port.
    with pytest.raises(CannotLoad, match=sentence):
        load_model(parse_settings(flags))


def test_a_silent_run_beats_until_something_happens(monkeypatch):
    """The generator itself, with the wait shortened: ten seconds would only cost time."""
    assert service.HEARTBEAT_SECONDS <= 10
    monkeypatch.setattr(service, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(service, "check_request", lambda *arguments: None)

    class SlowEngine(Engine):
        def __init__(self) -> None:
            self.model = cast(LoadedModel, SimpleNamespace(family=FAMILIES[0]))

        def submit(self, run: Run) -> Any:
            last = pb.RunResponse(finished=pb.Finished())
            threading.Timer(0.3, lambda: run.emit(last)).start()

        def cancel(self, run_id: str) -> bool:
            return False

    async def kinds() -> list[str | None]:
        opened = service.ProbeService(parse_settings([]))
        opened.open(SlowEngine())
        return [e.WhichOneof("event") async for e in opened.Run(pb.RunRequest(), None)]

    seen = asyncio.run(kinds())
    assert seen[-1] == "finished"
    assert 2 <= seen.count("heartbeat") == len(seen) - 1


def test_a_stop_while_the_server_warms_up_ends_it(monkeypatch):
    happened: list[str] = []

    class Warming(Engine):
        def __init__(self, *arguments: Any) -> None:
            self.ready = Future()
            happened.append("warming")

        def close(self) -> None:
            happened.append("closed")

    monkeypatch.setattr(service, "load_model", lambda settings: None)
    monkeypatch.setattr(service, "provenance", lambda model, settings: None)
    monkeypatch.setattr(service, "Engine", Warming)

    async def stopped() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        serving = service.serve(parse_settings(["--port", "0"]), happened.append, stop)
        await asyncio.wait_for(serving, 30)

    asyncio.run(stopped())
    assert happened == ["warming", "closed"]
