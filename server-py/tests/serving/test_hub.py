"""Models from a hub: what is downloaded, which commit is named, and why a model cannot be had.

Downloads run in a process of their own, as the hub's library reads its address when imported. It
answers one line per model, first with the hub there, then with the hub gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_hub import Repository, fake_hub

from l1probe.settings import BUNDLED_MODEL

SERVER_PY = Path(__file__).resolve().parents[2]
MAIN, TAGGED = "a" * 40, "b" * 40
#: As if it were a LoRA's.
WEIGHTS = "vae/diffusion_pytorch_model.safetensors"
LORAS = (
    f"lora lab/tiny/{WEIGHTS}:0.5",
    f"lora lab/tiny/{WEIGHTS}@v2",
    "lora lab/tiny",
    "lora lab/tiny/other.safetensors",
    "lora lab/not-diffusers",
    "lora lab/missing",
)

DOWNLOAD = """
import json, sys
from l1probe.serving.fingerprint import fingerprint
from l1probe.serving.hub import download
from l1probe.serving.lora import lora_file
from l1probe.serving.lora_name import parse_loras
from l1probe.serving.model_name import CannotLoad, HubId, parse_model_name
for line in sys.stdin:
    kind, _, text = line.strip().rpartition(" ")
    try:
        if kind == "lora":
            path, answer = lora_file(parse_loras([text])[0])
            assert path.is_file()
        else:
            named = parse_model_name(text)
            assert isinstance(named, HubId)
            answer = fingerprint(download(named))
    except CannotLoad as error:
        answer = str(error)
    print("answer", json.dumps(answer), flush=True)
"""


@dataclass(frozen=True)
class Answers:
    """For each model the fingerprint of its snapshot, or the sentence that refuses it."""

    address: str
    online: dict[str, str]
    unreachable: dict[str, str]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    repositories = {
        "lab/tiny": Repository(BUNDLED_MODEL, {"main": MAIN, "v2": TAGGED}),
        "lab/gated": Repository(BUNDLED_MODEL, gated=True),
        "lab/not-diffusers": Repository(BUNDLED_MODEL / "scheduler"),
    }
    models = ["lab/tiny", "lab/tiny@v2", f"lab/tiny@{TAGGED}", "lab/tiny@v3"]
    models += ["lab/gated", "lab/missing", "lab/not-diffusers", *LORAS]
    with ExitStack() as process:
        with fake_hub(repositories) as address:
            home = tmp_path_factory.mktemp("hub")
            environment = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(home)}
            environment.pop("HF_HUB_OFFLINE", None)
            downloads = process.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", DOWNLOAD],
                    cwd=SERVER_PY,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            online = {model: ask(downloads, model) for model in models}
        unreachable = {
            model: ask(downloads, model) for model in ("lab/tiny", "lab/other", LORAS[0])
        }
    return Answers(address, online, unreachable)


def ask(downloads: subprocess.Popen[str], model: str) -> str:
    assert downloads.stdin is not None
    assert downloads.stdout is not None
    print(model, file=downloads.stdin, flush=True)
    for line in downloads.stdout:
        if line.startswith("answer "):
            return json.loads(line.removeprefix("answer "))
    raise AssertionError("the process ended; its log is on standard error")


def test_a_lora_is_one_file_of_a_commit(answers: Answers) -> None:
    assert [answers.online[lora] for lora in LORAS[:2]] == [MAIN, TAGGED]
    assert answers.unreachable[LORAS[0]] == MAIN


def test_a_model_is_named_by_its_commit(answers: Answers) -> None:
    assert answers.online["lab/tiny"] == MAIN


@pytest.mark.parametrize("revision", ["v2", TAGGED])
def test_a_revision_pins_the_commit(answers: Answers, revision: str) -> None:
    assert answers.online[f"lab/tiny@{revision}"] == TAGGED


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        ("lab/gated", ["lab/gated is gated", "hf auth login"]),
        ("lab/missing", ["lab/missing does not exist", "hf auth login"]),
        ("lab/tiny@v3", ["no revision v3"]),
        ("lab/not-diffusers", ["no model_index.json"]),
        ("lora lab/tiny", ["several files", "model.safetensors"]),
        ("lora lab/tiny/other.safetensors", ["no other.safetensors", "text_encoder"]),
        ("lora lab/not-diffusers", ["has no .safetensors file"]),
        ("lora lab/missing", ["--lora lab/missing does not exist", "hf auth login"]),
    ],
)
def test_a_refusal_says_which_it_is(answers: Answers, model: str, facts: list[str]) -> None:
    assert all(fact in answers.online[model] for fact in facts), answers.online[model]


def test_a_cached_snapshot_serves_when_the_hub_is_out_of_reach(
    answers: Answers,
) -> None:
    assert answers.unreachable["lab/tiny"] == MAIN


def test_a_hub_out_of_reach_is_said(answers: Answers) -> None:
    assert "cannot be reached" in answers.unreachable["lab/other"]
    assert answers.address in answers.unreachable["lab/other"]
