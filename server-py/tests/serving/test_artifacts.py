"""Artifacts are complete, can be found, and stay within the budget."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from l1probe.serving.artifacts import ArtifactStore
from l1probe.v1 import probe_pb2 as pb


@pytest.fixture
def store() -> Iterator[ArtifactStore]:
    store = ArtifactStore(budget_bytes=250)
    yield store
    store.close()


def keep(store: ArtifactStore, data: bytes) -> pb.Artifact:
    return store.keep(pb.ARTIFACT_KIND_TRACE, "trace.bin", lambda path: path.write_bytes(data))


def test_an_artifact_is_described_by_its_size_and_hash(store: ArtifactStore):
    artifact = keep(store, b"sums")
    path = store.path(artifact.artifact_id)
    assert path is not None
    assert path.read_bytes() == b"sums"
    assert (artifact.file_name, artifact.size) == ("trace.bin", 4)
    assert artifact.sha256 == hashlib.sha256(b"sums").hexdigest()


def test_the_oldest_file_is_deleted_if_the_budget_is_exceeded(store: ArtifactStore):
    kept = [keep(store, bytes([number]) * 100) for number in range(3)]
    there = [store.path(artifact.artifact_id) is not None for artifact in kept]
    assert there == [False, True, True]


def test_a_file_above_the_budget_stays_until_the_next(store: ArtifactStore):
    large = keep(store, bytes(1000))
    assert store.path(large.artifact_id) is not None
    keep(store, b"next")
    assert store.path(large.artifact_id) is None


def test_closing_leaves_nothing_behind(store: ArtifactStore):
    path = store.path(keep(store, b"sums").artifact_id)
    assert path is not None
    store.close()
    assert not path.exists()
    assert not Path(path.parent.parent).exists()
