"""A fingerprint changes with the weights and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from l1probe.serving import fingerprint as module
from l1probe.serving.fingerprint import fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "transformer").mkdir()
    (tmp_path / "transformer" / "weights.safetensors").write_bytes(bytes(range(256)) * 64)
    (tmp_path / "model_index.json").write_text("{}")
    return tmp_path


def test_another_place_is_the_same_model(folder: Path, tmp_path_factory):
    other = tmp_path_factory.mktemp("copy") / "model"
    other.mkdir()
    for path in folder.rglob("*"):
        target = other / path.relative_to(folder)
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    assert fingerprint(other) == fingerprint(folder)


@pytest.mark.parametrize("place", [0, 8000, -1])
def test_one_changed_byte_is_another_model(folder: Path, place: int):
    before = fingerprint(folder)
    weights = folder / "transformer" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[place] ^= 1
    weights.write_bytes(data)
    assert fingerprint(folder) != before


def test_a_moved_or_renamed_file_is_another_model(folder: Path):
    before = fingerprint(folder)
    (folder / "model_index.json").rename(folder / "index.json")
    assert fingerprint(folder) != before


def test_notes_beside_the_weights_change_nothing(folder: Path):
    before = fingerprint(folder)
    for note in ("README.md", "sheet.png", "l1probe.json", ".gitattributes"):
        (folder / note).write_text("note")
    assert fingerprint(folder) == before


def test_a_hub_snapshot_is_its_commit(tmp_path: Path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "snapshots" / commit
    snapshot.mkdir(parents=True)
    assert fingerprint(snapshot) == commit


def test_a_large_folder_is_read_at_its_ends_and_says_so(folder: Path, monkeypatch):
    monkeypatch.setattr(module, "WHOLE_BYTES", 100)
    monkeypatch.setattr(module, "END_BYTES", 1000)
    before = fingerprint(folder)
    assert before.startswith("sha256-ends:")
    weights = folder / "transformer" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert fingerprint(folder) != before
