"""The warm-up covers everything that a caller could request, in every batch size."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from l1probe.families import FAMILIES
from l1probe.families.hunyuan_video import HUNYUAN_VIDEO
from l1probe.families.wan import WAN
from l1probe.serving.artifacts import ArtifactStore
from l1probe.serving.engine import Engine
from l1probe.serving.loading import LoadedModel, load_model
from l1probe.serving.messages import cell_of
from l1probe.serving.model_name import CannotLoad
from l1probe.serving.provenance import provenance
from l1probe.serving.validation import check_request
from l1probe.serving.warm_up import EMPTY, LONG, SHORT, batches, default_sizes
from l1probe.settings import Settings, parse_settings
from l1probe.v1 import probe_pb2 as pb


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_can_sample_the_warm_up(family):
    sizes = default_sizes(family)
    cells = [cell for batch in batches(family, sizes, (1, 3)) for cell in batch]
    assert len(cells) >= 4 * len(sizes)
    for cell in cells:
        check_request(pb.RunRequest(cell=cell), family, parse_settings([]))
    assert len({cells[0].height, cells[0].width, cells[0].frames}) == 3
    frames = [size[2] for size in sizes]
    can_be_still = family.shape.min_frames == 1
    assert (1 in frames) == can_be_still


def test_a_clip_and_one_frame_of_it_are_the_sizes_without_a_flag():
    assert default_sizes(HUNYUAN_VIDEO) == ((128, 192, 9), (128, 192, 1))


def test_each_size_has_batches_of_each_count_and_kind_of_text():
    made = list(batches(HUNYUAN_VIDEO, [(64, 96, 5), (64, 96, 1)], (1, 2, 4)))
    per_size = [
        *[[SHORT], [EMPTY]],
        *[[SHORT] * 2, [SHORT, LONG], [EMPTY] * 2],
        *[[SHORT] * 4, [SHORT, LONG] * 2, [EMPTY] * 4],
    ]
    assert [[cell.prompt for cell in batch] for batch in made] == per_size * 2
    assert [batch[0].frames for batch in made] == [5] * 8 + [1] * 8
    # An equal first step would be shared, and leave a batch smaller than it should be.
    cells = [cell for batch in made for cell in batch]
    assert len({cell_of(cell).first_step for cell in cells}) == len(cells)


def test_without_padded_text_lengths_make_no_difference():
    made = list(batches(WAN, [(64, 96, 5)], (1, 2)))
    assert [[cell.prompt for cell in batch] for batch in made] == [[SHORT], [SHORT] * 2]


@pytest.fixture
def settings() -> Settings:
    return parse_settings(["--device", "cpu", "--compile", "dynamic", "--max-batch", "4"])


@pytest.fixture
def model(settings: Settings, monkeypatch) -> LoadedModel:
    """The bundled one; compiling leaves it as it is."""
    monkeypatch.setattr(torch, "compile", lambda function, **settings: function)
    return load_model(settings)


@pytest.fixture
def store() -> Iterator[ArtifactStore]:
    store = ArtifactStore(2**20)
    yield store
    store.close()


def test_the_engine_runs_every_count_with_exactly_so_many_rows(model, store):
    flags = ["--device", "cpu", "--compile", "dynamic", "--max-batch", "3"]
    settings = parse_settings([*flags, "--warm-up", "32x48x5,32x48x1"])
    rows: list[int] = []

    def note(module: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        rows.append(len(named["hidden_states"]))

    model.pipeline.transformer.register_forward_pre_hook(note, with_kwargs=True)
    engine = Engine(model, provenance(model, settings), store, settings)
    engine.ready.result(60)
    assert engine.provenance.compiled
    # Two steps of each batch: equal, mixed from two samples on, and empty.
    per_size = [1] * 4 + [2] * 6 + [3] * 6
    assert rows == per_size * 2
    assert engine.forward_times.measured() == [], "a warm-up is slow, and no measure of what comes"
    assert engine.load() == pb.Load()
    engine.close()


def test_a_failing_warm_up_is_reported_with_the_flag_that_helps(model, settings, store):
    def fail(module: nn.Module, args: tuple[Any, ...]) -> None:
        raise RuntimeError("no kernel image is available")

    model.pipeline.transformer.register_forward_pre_hook(fail)
    engine = Engine(model, provenance(model, settings), store, settings)
    error = engine.ready.exception(60)
    assert isinstance(error, CannotLoad)
    assert str(error) == (
        "--compile dynamic failed in the warm-up (RuntimeError: no kernel image is available); "
        "serve with --compile off"
    )
    engine.close()


@pytest.mark.parametrize("mode", ["dynamic", "off"])
def test_a_size_that_the_model_cannot_sample_is_refused_before_any_work(model, store, mode):
    flags = ["--device", "cpu", "--compile", mode, "--warm-up", "64x96x5,64x96x8"]
    settings = parse_settings(flags)
    engine = Engine(model, provenance(model, settings), store, settings)
    error = engine.ready.exception(60)
    assert isinstance(error, CannotLoad)
    assert str(error) == "--warm-up 64x96x8: cell.frames is 8; hunyuan_video needs 4k + 1"
    engine.close()


def test_a_warm_up_without_compilation_is_reported(model, store, caplog):
    settings = parse_settings(["--device", "cpu", "--warm-up", "64x96x5"])
    with caplog.at_level(logging.WARNING):
        engine = Engine(model, provenance(model, settings), store, settings)
        engine.ready.result(60)
    assert "--warm-up has no effect: nothing is compiled" in caplog.text
    assert not engine.provenance.compiled
    engine.close()
