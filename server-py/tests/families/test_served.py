"""A server process of a random model, as an operator starts it, says what it runs and runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import grpc
import pytest
from conftest import SERVER_PY
from every_subject import SUBJECTS

from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc

# Two experts. The suite asks every family, without the cost of a process.
SERVED = ("wan-2.2",)


@pytest.mark.parametrize("name", SERVED)
def test_a_server_of_the_family_answers(name):
    subject = next(subject for subject in SUBJECTS if subject.name == name)
    command = [sys.executable, "-m", "l1probe", "--model", subject.model, "--port", "0"]
    process = subprocess.Popen(
        [*command, "--device", "cpu", "--exit-with-stdin"],
        cwd=SERVER_PY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        address = json.loads(process.stdout.readline())["address"]
        with grpc.insecure_channel(address) as channel:
            stub = rpc.ProbeServiceStub(channel)
            described = stub.Describe(pb.DescribeRequest())
            cell = subject.make_cell(subject.sigmas[:2])
            *_, last = stub.Run(pb.RunRequest(cell=cell))
        process.stdin.close()
        assert process.wait(20) == 0
    model = described.provenance.model
    assert (model.id, model.family) == (subject.model, subject.says.family)
    assert model.weights == pb.WEIGHTS_RANDOM
    assert tuple(described.experts) == subject.says.experts
    assert last.WhichOneof("event") == "finished", last
