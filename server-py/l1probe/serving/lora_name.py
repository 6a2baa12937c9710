"""Parses `--lora` before anything heavy is imported."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from l1probe.serving.model_name import CannotLoad, HubId

_TRANSFORMER = re.compile(r"^(transformer(?:_\d+)?)=")
_SCALE = re.compile(r":([^:/]*)$")
_HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:/(?P<file>[^@]+))?(?:@(?P<revision>.+))?")
SAFETENSORS = ".safetensors"


@dataclass(frozen=True)
class NamedLora:
    """A LoRA as `--lora` names it: `[TRANSFORMER=]SOURCE[:SCALE]`.

    Attributes:
        text: the whole, for messages.
        source: a file or folder on this host, or a hub repository.
        file: the file within the hub repository; "" if it has only one.
        scale: multiplies the change of the weights.
        transformer: the expert that it changes; "" for a model with one transformer.
    """

    text: str
    source: Path | HubId
    file: str
    scale: float
    transformer: str

    @property
    def id(self) -> str:
        """What labels call it."""
        if isinstance(self.source, HubId):
            return "/".join(part for part in (self.source.name, self.file) if part)
        return self.source.name


def parse_loras(texts: Sequence[str]) -> tuple[NamedLora, ...]:
    """Reads every `--lora`.

    Raises:
        CannotLoad: one names nothing that can be loaded, or two are the same.
    """
    named = tuple(map(_parse, texts))
    places = [(lora.source, lora.file, lora.transformer) for lora in named]
    for i, lora in enumerate(named):
        if places[i] in places[:i]:
            raise CannotLoad(f"--lora {lora.text} is named twice; name it once, with one scale")
    return named


def _parse(text: str) -> NamedLora:
    found = _TRANSFORMER.match(text)
    transformer = found[1] if found else ""
    rest = text[found.end() :] if found else text
    # A file whose name ends like a scale is still the file.
    scale = None if Path(rest).expanduser().exists() else _SCALE.search(rest)
    place = rest[: scale.start()] if scale else rest
    number = _number(text, scale[1]) if scale else 1.0
    path = Path(place).expanduser()
    if path.exists():
        if path.is_file() and path.suffix != SAFETENSORS:
            raise CannotLoad(
                f"--lora {text} is not a {SAFETENSORS} file; other formats can run code when they "
                f"are read, so convert it to {SAFETENSORS}"
            )
        return NamedLora(text, path.resolve(), "", number, transformer)
    hub = None if place.startswith((".", "/", "~")) else _HUB.fullmatch(place)
    if hub is None:
        raise CannotLoad(
            f"--lora {text} is neither a file or folder on this host nor a hub id such as "
            f"owner/name, owner/name/file{SAFETENSORS} or owner/name@revision"
        )
    source = HubId(hub["name"], hub["revision"])
    return NamedLora(text, source, hub["file"] or "", number, transformer)


def _number(text: str, scale: str) -> float:
    try:
        number = float(scale)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CannotLoad(f"--lora {text} has the scale {scale!r}; give a number, as in NAME:0.8")
    return number
