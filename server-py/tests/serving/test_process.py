"""A server in its own process starts, answers, stops, and says if it did not."""

from __future__ import annotations

import grpc
import pytest

from l1probe.serving.process import ServerFailed, started_server
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc


def test_a_server_answers_inside_the_block_and_is_gone_after_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with started_server(["--device", "cpu"], stop_seconds=20.0) as address:
        with grpc.insecure_channel(address) as channel:
            described = rpc.ProbeServiceStub(channel).Describe(pb.DescribeRequest())
        assert described.provenance.model.weights == pb.WEIGHTS_BUNDLED
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError):
        rpc.ProbeServiceStub(channel).Describe(pb.DescribeRequest(), timeout=5)


def test_a_server_that_cannot_start_ends_with_its_exit_code():
    with pytest.raises(ServerFailed, match="2") as failed, started_server(["--model", "random:no"]):
        pytest.fail("it started")
    assert failed.value.exit_code == 2


def test_an_exception_inside_the_block_passes_through():
    with pytest.raises(KeyError, match="mine"), started_server(["--device", "cpu"]):
        raise KeyError("mine")
