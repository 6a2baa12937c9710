"""A server describes the model that it loaded, and refuses one that it cannot load."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path

import diffusers
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from l1probe.families import FAMILIES, family_of
from l1probe.families.unsupported import UNSUPPORTED
from l1probe.serving.fingerprint import fingerprint
from l1probe.serving.loading import load_model, pick_device, pick_dtypes
from l1probe.serving.model_name import CannotLoad
from l1probe.serving.provenance import versions
from l1probe.settings import BUNDLED_MODEL, parse_settings
from l1probe.v1 import probe_pb2 as pb


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED_MODEL, tmp_path / "model"))


def load(folder: Path):
    return load_model(parse_settings(["--device", "cpu", "--model", str(folder)]))


def test_the_bundled_model_is_described_as_it_is(bench):
    description = bench.model.description
    parts = bench.model.pipeline.transformer.parameters()
    assert description.transformer_parameters == sum(p.numel() for p in parts)
    assert description.weights == pb.WEIGHTS_BUNDLED
    assert description.fingerprint == fingerprint(BUNDLED_MODEL)
    assert json.loads(description.call_defaults_json) == {"max_sequence_length": 16}
    assert bench.model.default_schedule == "shift:7"


def test_another_folder_is_pretrained_and_its_own_shift_is_reported(copy: Path):
    (copy / "l1probe.json").unlink()
    (copy / "call_defaults.json").unlink()
    FlowMatchEulerDiscreteScheduler(shift=1.0).save_pretrained(copy / "scheduler")
    model = load(copy)
    assert model.description.weights == pb.WEIGHTS_PRETRAINED
    assert model.description.id == "model"
    assert model.description.call_defaults_json == "{}"
    assert model.default_schedule == "linear"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"max_sequence_lenght": 16}', "call_defaults.json has max_sequence_lenght, unknown to"),
        ("[16]", "call_defaults.json must be an object"),
    ],
)
def test_call_defaults_that_the_pipeline_does_not_know_are_refused(copy: Path, text, sentence):
    (copy / "call_defaults.json").write_text(text)
    with pytest.raises(CannotLoad) as refusal:
        load(copy)
    assert sentence in str(refusal.value)


def test_weights_that_are_a_pickle_only_are_refused(copy: Path):
    (copy / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({}, copy / "vae" / "diffusion_pytorch_model.bin")
    with pytest.raises(CannotLoad, match=r"vae only as diffusion_pytorch_model\.bin"):
        load(copy)


def test_code_that_comes_with_a_model_does_not_run(copy: Path):
    ran = copy / "ran"
    (copy / "vae" / "modeling.py").write_text(f"open({str(ran)!r}, 'w')\nclass Own: ...\n")
    index = json.loads((copy / "model_index.json").read_text())
    index["vae"] = ["modeling", "Own"]
    (copy / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(CannotLoad, match=r"vae \(modeling\.py\)"):
        load(copy)
    assert not ran.exists()


def test_random_models_of_one_family_have_different_fingerprints():
    names = ("random:tiny-wan", "random:tiny-wan-2.2")
    described = [
        load_model(parse_settings(["--device", "cpu", "--model", name])).description
        for name in names
    ]
    assert [(model.id, model.family) for model in described] == [(name, "wan") for name in names]
    assert described[0].fingerprint != described[1].fingerprint


def test_a_pipeline_without_an_adapter_is_refused_with_those_that_have_one():
    with pytest.raises(LookupError, match="no adapter for the pipeline class X") as refusal:
        family_of("X")
    for family in FAMILIES:
        for name in family.pipeline_classes:
            assert name in str(refusal.value)


def test_ltx_2_is_refused_before_its_weights_are_read_with_the_reason(tmp_path: Path):
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "LTX2Pipeline"}))
    with pytest.raises(CannotLoad) as refusal:
        load(tmp_path)
    for fact in ("LTX2Pipeline", "two latents", "preset:ltx-2", *FAMILIES[0].pipeline_classes):
        assert fact in str(refusal.value)


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_the_reason_against_ltx_2_holds_for_each_of_its_pipelines(name):
    source = inspect.getsource(getattr(diffusers, name))
    assert "copy.deepcopy(self.scheduler)" in source
    assert "self.scheduler.step(" in source
    assert "audio_scheduler.step(" in source


def test_auto_dtypes_are_bfloat16_and_float16_on_a_gpu_and_float32_on_a_cpu():
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    assert pick_dtypes("auto", gpu) == (torch.bfloat16, torch.float16)
    assert pick_dtypes("auto", cpu) == (torch.float32, torch.float32)
    assert pick_dtypes("float32", gpu) == (torch.float32, torch.float32)
    assert pick_dtypes("bfloat16", cpu) == (torch.bfloat16, torch.float32)


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(CannotLoad, match="--device cuda:99 cannot be used here"):
        pick_device("cuda:99")


def test_versions_name_the_build_of_torch():
    assert versions()["torch"] == torch.__version__
    assert {"l1probe", "python", "diffusers", "transformers", "grpcio"} <= set(versions())
