"""What `--model` names is known before anything heavy is imported."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from conftest import BUNDLED_MODEL, SERVER_PY

from l1probe.random_models import RANDOM_MODELS
from l1probe.serving.model_name import (
    CannotLoad,
    Folder,
    HubId,
    RandomModel,
    parse_model_name,
)


def test_folders_hub_ids_and_random_models_are_distinguished():
    assert parse_model_name(str(BUNDLED_MODEL)) == Folder(BUNDLED_MODEL)
    assert parse_model_name("hunyuanvideo-community/HunyuanVideo") == HubId(
        "hunyuanvideo-community/HunyuanVideo"
    )
    assert parse_model_name("random:hunyuan-video") == RandomModel("hunyuan-video")


def test_every_random_name_has_a_maker():
    for module in RANDOM_MODELS.values():
        found = importlib.util.find_spec(f"l1probe.random_models.{module}")
        assert found is not None, module


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("./nowhere", "--model ./nowhere is neither a local folder nor a hub id"),
        ("nowhere", "--model nowhere is neither a local folder nor a hub id"),
        (str(SERVER_PY / "tests"), "model_index.json"),
        ("random:nothing", "random:hunyuan-video"),
    ],
)
def test_a_name_of_nothing_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(CannotLoad) as refusal:
        parse_model_name(text)
    assert sentence in str(refusal.value)


def test_a_wrong_name_is_answered_without_importing_torch():
    program = (
        "import sys\n"
        "sys.argv[1:] = ['--model', 'random:nothing']\n"
        "from l1probe.__main__ import main\n"
        "print(main(), 'torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=SERVER_PY, capture_output=True, text=True, check=True
    )
    assert result.stdout == "2 False\n"
    assert result.stderr.startswith("l1probe: --model random:nothing is not known")
