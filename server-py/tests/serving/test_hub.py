"""Models from a hub: what is downloaded, which commit is named, and why a model cannot be had.

Downloads run in a process of their own, as the hub's library reads its address when imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_hub import Repository, fake_hub

from l1probe.settings import BUNDLED_MODEL

SERVER_PY = Path(__file__).resolve().parents[2]
MAIN, TAGGED = "a" * 40, "b" * 40

DOWNLOAD = """
import json, sys
from l1probe.serving.fingerprint import fingerprint
from l1probe.serving.hub import download
from l1probe.serving.model_name import CannotLoad, HubId, parse_model_name
for text in sys.argv[1:]:
    named = parse_model_name(text)
    assert isinstance(named, HubId)
    try:
        answer = fingerprint(download(named))
    except CannotLoad as error:
        answer = str(error)
    print("answer", json.dumps([text, answer]))
"""


def ask(models: list[str], endpoint: str, home: Path) -> dict[str, str]:
    """For each model the fingerprint of its snapshot, or the sentence that refuses it."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home)}
    environment.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", DOWNLOAD, *models],
        cwd=SERVER_PY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.removeprefix("answer ") for line in done.stdout.splitlines()]
    return dict(json.loads(line) for line in lines if line.startswith("["))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def online(home: Path) -> dict[str, str]:
    repositories = {
        "lab/tiny": Repository(BUNDLED_MODEL, {"main": MAIN, "v2": TAGGED}),
        "lab/gated": Repository(BUNDLED_MODEL, gated=True),
        "lab/not-diffusers": Repository(BUNDLED_MODEL / "scheduler"),
    }
    models = ["lab/tiny", "lab/tiny@v2", f"lab/tiny@{TAGGED}", "lab/tiny@v3"]
    with fake_hub(repositories) as address:
        return ask([*models, "lab/gated", "lab/missing", "lab/not-diffusers"], address, home)


@pytest.fixture(scope="module")
def unreachable(online: dict[str, str], home: Path) -> dict[str, str]:
    return ask(["lab/tiny", "lab/other"], "http://127.0.0.1:9", home)


def test_a_model_is_named_by_its_commit(online: dict[str, str]) -> None:
    assert online["lab/tiny"] == MAIN


@pytest.mark.parametrize("revision", ["v2", TAGGED])
def test_a_revision_pins_the_commit(online: dict[str, str], revision: str) -> None:
    assert online[f"lab/tiny@{revision}"] == TAGGED


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        ("lab/gated", ["lab/gated is gated", "hf auth login"]),
        ("lab/missing", ["lab/missing does not exist", "hf auth login"]),
        ("lab/tiny@v3", ["no revision v3"]),
        ("lab/not-diffusers", ["no model_index.json"]),
    ],
)
def test_a_refusal_says_which_it_is(online: dict[str, str], model: str, facts: list[str]) -> None:
    assert all(fact in online[model] for fact in facts), online[model]


def test_a_cached_snapshot_serves_when_the_hub_is_out_of_reach(
    unreachable: dict[str, str],
) -> None:
    assert unreachable["lab/tiny"] == MAIN


def test_a_hub_out_of_reach_is_said(unreachable: dict[str, str]) -> None:
    assert "cannot be reached" in unreachable["lab/other"]
    assert "http://127.0.0.1:9" in unreachable["lab/other"]
