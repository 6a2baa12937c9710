"""A server in its own process starts, answers, stops, and says if it did not."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from conftest import make_cell

from l1probe.serving.process import ServerFailed, started_server
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc


def test_a_server_answers_inside_the_block_and_is_gone_after_it(tmp_path, monkeypatch):
    """Of a model with two experts; an exception inside the block passes through."""
    monkeypatch.chdir(tmp_path)
    flags = ["--model", "random:tiny-wan-2.2", "--device", "cpu"]
    met: list[Any] = []

    def fail_inside() -> None:
        with started_server(flags, stop_seconds=20.0) as address:
            met.append(address)
            with grpc.insecure_channel(address) as channel:
                stub = rpc.ProbeServiceStub(channel)
                met.append(stub.Describe(pb.DescribeRequest()))
                met.extend(stub.Run(pb.RunRequest(cell=make_cell([1.0, 0.5]))))
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail_inside()
    address, described, *_, last = met
    model = described.provenance.model
    assert (model.id, model.family) == ("random:tiny-wan-2.2", "wan")
    assert model.weights == pb.WEIGHTS_RANDOM
    assert tuple(described.experts) == ("transformer", "transformer_2")
    assert last.WhichOneof("event") == "finished", last
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError):
        rpc.ProbeServiceStub(channel).Describe(pb.DescribeRequest(), timeout=5)


def test_a_server_that_cannot_start_ends_with_its_exit_code():
    with pytest.raises(ServerFailed, match="2") as failed, started_server(["--model", "random:no"]):
        pytest.fail("it started")
    assert failed.value.exit_code == 2
