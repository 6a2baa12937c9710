"""Parses `--model` before anything heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from l1probe.random_models import RANDOM_MODELS


class CannotLoad(Exception):
    """The model cannot be served as requested; the message is one sentence with the remedy."""


@dataclass(frozen=True)
class Folder:
    """A diffusers folder on this host."""

    path: Path


@dataclass(frozen=True)
class HubId:
    """`owner/name` or `owner/name@revision`, to be downloaded.

    Attributes:
        name: owner and repository.
        revision: a branch, tag or commit; None for the default branch.
    """

    name: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}" if self.revision else self.name


@dataclass(frozen=True)
class RandomModel:
    """`random:NAME`, to be made from a published configuration."""

    name: str


def parse_model_name(text: str) -> Folder | HubId | RandomModel:
    """Reads `--model`.

    Raises:
        CannotLoad: it names nothing that can be loaded.
    """
    if text.startswith("random:"):
        name = text.removeprefix("random:")
        if name not in RANDOM_MODELS:
            known = ", ".join(f"random:{known}" for known in RANDOM_MODELS)
            raise CannotLoad(f"--model {text} is not known; known are {known}")
        return RandomModel(name)
    path = Path(text).expanduser()
    if path.exists():
        if not (path / "model_index.json").is_file():
            raise CannotLoad(f"--model {text} has no model_index.json; give a diffusers folder")
        return Folder(path.resolve())
    name, at, revision = text.partition("@")
    if text.startswith((".", "/", "~")) or name.count("/") != 1:
        raise CannotLoad(
            f"--model {text} is neither a local folder nor a hub id such as owner/name or "
            "owner/name@revision"
        )
    if at and not revision:
        raise CannotLoad(f"--model {text} lacks a revision after @; give a branch, tag or commit")
    return HubId(name, revision or None)
