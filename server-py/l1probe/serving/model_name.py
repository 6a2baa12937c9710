"""Parses `--model` before anything heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from l1probe.random_models import RANDOM_MODELS
from l1probe.settings import BUNDLED_MODEL

_CHECKOUT = "run the server from a checkout of l1probe's repository"


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
        if not BUNDLED_MODEL.exists():
            raise CannotLoad(
                f"--model {text} needs the tokenizers of the bundled model, which the installed "
                f"package does not contain; {_CHECKOUT}"
            )
        return RandomModel(name)
    path = Path(text).expanduser()
    if path.exists():
        if not (path / "model_index.json").is_file():
            raise CannotLoad(f"--model {text} has no model_index.json; give a diffusers folder")
        return Folder(path.resolve())
    if path == BUNDLED_MODEL:
        raise CannotLoad(
            "the installed package does not contain the bundled model; pass --model with a "
            f"diffusers folder or a hub id such as owner/name, or {_CHECKOUT}"
        )
    name, at, revision = text.partition("@")
    if text.startswith((".", "/", "~")) or name.count("/") != 1:
        raise CannotLoad(
            f"--model {text} is neither a local folder nor a hub id such as owner/name or "
            "owner/name@revision"
        )
    if at and not revision:
        raise CannotLoad(f"--model {text} lacks a revision after @; give a branch, tag or commit")
    return HubId(name, revision or None)
