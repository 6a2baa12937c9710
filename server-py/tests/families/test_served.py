"""A server process of a random model describes the model and runs a cell."""

from __future__ import annotations

import grpc
import pytest
from every_subject import SUBJECTS

from l1probe.serving.process import started_server
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc

# Two experts. The conformance suite runs every family, without the cost of a process.
SERVED = ("wan-2.2",)


@pytest.mark.parametrize("name", SERVED)
def test_a_server_of_the_family_answers(name):
    subject = next(subject for subject in SUBJECTS if subject.name == name)
    flags = ["--model", subject.model, "--device", "cpu"]
    with (
        started_server(flags, stop_seconds=20.0) as address,
        grpc.insecure_channel(address) as channel,
    ):
        stub = rpc.ProbeServiceStub(channel)
        described = stub.Describe(pb.DescribeRequest())
        cell = subject.make_cell(subject.sigmas[:2])
        *_, last = stub.Run(pb.RunRequest(cell=cell))
    model = described.provenance.model
    assert (model.id, model.family) == (subject.model, subject.says.family)
    assert model.weights == pb.WEIGHTS_RANDOM
    assert tuple(described.experts) == subject.says.experts
    assert last.WhichOneof("event") == "finished", last
