"""Reads a sweep's folder: manifest.json and journal.jsonl, as the client writes them."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from l1probe.records.rows import CELL_COLUMNS, Row, Value, rows, to_dataframe
from l1probe.records.step import (
    DIFFERENCES,
    SIGNALS,
    DifferenceSums,
    PairSums,
    SignalSums,
    Step,
    Sums,
)

if TYPE_CHECKING:
    import pandas as pd

Json = dict[str, Any]

_WEIGHTS = {
    "WEIGHTS_PRETRAINED": "trained",
    "WEIGHTS_BUNDLED": "bundled",
    "WEIGHTS_RANDOM": "random",
}


def read(folder: str | PathLike[str]) -> pd.DataFrame:
    """A sweep's rows as a DataFrame, equal to its Parquet export. Needs pandas.

    Raises: as `read_rows`.
    """
    return to_dataframe(read_rows(folder))


def read_rows(folder: str | PathLike[str]) -> list[Row]:
    """A sweep's rows, one per finished cell and evaluation: cells in the manifest's order.

    The sweep may still be running. A torn last line, as after a crash, is left out with a warning.

    Raises:
        FileNotFoundError: if the folder has no manifest.json.
        ValueError: if a line other than the last is not a journal entry, or does not fit the lines
            before it.
    """
    folder = Path(folder)
    manifest: Json = json.loads((folder / "manifest.json").read_text("utf-8"))
    # Former cells are those of earlier experiments of an extended record; they have no rows.
    cells = [*manifest["cells"], *manifest.get("former", ())]
    known = {cell["cellId"]: _Attempts() for cell in cells}
    journal = folder / "journal.jsonl"
    for number, line in _lines(journal):
        try:
            known[line["cell"]].take(line)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{journal}:{number} does not fit the lines before it: {error}"
            ) from error
    table: list[Row] = []
    for cell in manifest["cells"]:
        finished = known[cell["cellId"]].finished
        if finished is not None:
            table += rows(finished.steps, _cell_values(manifest, cell, finished.started))
    return table


def _lines(journal: Path) -> Iterator[tuple[int, Json]]:
    """Whole lines with their numbers."""
    if not journal.exists():
        return
    torn: int | None = None
    with journal.open("rb") as file:
        for number, text in enumerate(file, 1):
            if torn is not None:
                raise ValueError(f"{journal}:{torn} is not a journal entry")
            try:
                line = json.loads(text)
                if not text.endswith(b"\n") or not isinstance(line, dict):
                    torn = number
                    continue
            except ValueError:
                torn = number
                continue
            yield number, line
    if torn is not None:
        warnings.warn(f"{journal}:{torn} is torn, as after a crash, and was left out", stacklevel=4)


@dataclass
class _Attempt:
    run: str
    started: Json
    layout: Sequence[str]
    steps: list[Step] = field(default_factory=list)


class _Attempts:
    """The attempts at one cell; the first that finished is the cell."""

    def __init__(self) -> None:
        self.open: _Attempt | None = None
        self.finished: _Attempt | None = None

    def take(self, line: Json) -> None:
        if self.finished is not None:
            return
        event = line["event"]
        if event == "started":
            self.open = _Attempt(line["run"], line["body"], line.get("layout", ()))
        elif event == "failed":
            self.open = None
        elif self.open is None or self.open.run != line["run"]:
            raise KeyError(f"{event} of run {line['run']}, which has not started")
        elif event == "step":
            values = line.get("values")
            self.open.steps.append(
                _old_step(line["body"]) if values is None else _step(self.open.layout, values)
            )
        elif event == "finished":
            self.finished = self.open
        else:
            raise KeyError(f"unknown event {event}")


_Message = TypeVar("_Message", Sums, PairSums)
#: The fields of each kind of sums, and what makes a field's value of JSON's, where NaN is text.
_FIELDS: Mapping[type, Sequence[tuple[str, Callable[[Any], Any]]]] = {
    kind: [(one.name, int if one.type == "int" else float) for one in fields(kind)]
    for kind in (Sums, PairSums)
}


def _message(kind: type[_Message], values: Mapping[str, Any]) -> _Message | None:
    if values["count"] is None:
        return None
    return kind(*[cast(values[name]) for name, cast in _FIELDS[kind]])


def _groups(layout: Sequence[str], values: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Values by the part of their name before the last dot: `signals.cond`, `` for a step's own."""
    if len(values) != len(layout):
        raise KeyError(f"{len(values)} values where the layout has {len(layout)}")
    groups: dict[str, dict[str, Any]] = {}
    for name, value in zip(layout, values, strict=True):
        group, _, key = name.rpartition(".")
        groups.setdefault(group, {})[key] = value
    return groups


def _step(layout: Sequence[str], values: Sequence[Any]) -> Step:
    """A step without its sums by latent frame, which no column shows."""
    groups = _groups(layout, values)

    def of(kind: type[_Message], group: str) -> _Message | None:
        return _message(kind, groups[group]) if group in groups else None

    own = groups[""]
    signals = {name: of(Sums, f"signals.{name}") for name in SIGNALS}
    differences = {name: of(PairSums, f"differences.{name}") for name in DIFFERENCES}
    return Step(
        step=int(own["step"]),
        evaluation=int(own["evaluation"]),
        sigma=float(own["sigma"]),
        sigma_next=float(own["sigma_next"]),
        timestep=float(own["timestep"]),
        signals={name: SignalSums(whole) for name, whole in signals.items() if whole},
        differences={name: DifferenceSums(whole) for name, whole in differences.items() if whole},
        seconds=float(own["seconds"]),
        batch_size=int(own["batch_size"]),
        expert=own["expert"],
        shared=bool(own["shared"]),
        # A record of an earlier version does not have it.
        true_cfg_scale=float(own.get("true_cfg_scale", 0)),
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _old_sums(kind: type[_Message], json: Json) -> _Message:
    """Proto JSON leaves zeros out and writes 64-bit integers as text."""
    found = _message(kind, {name: json.get(_camel(name), 0) for name, _ in _FIELDS[kind]})
    assert found is not None
    return found


def _old_step(body: Json) -> Step:
    """A step of a record made before steps had values: the proto's JSON."""
    return Step(
        step=body.get("step", 0),
        evaluation=body.get("evaluation", 0),
        sigma=float(body.get("sigma", 0)),
        sigma_next=float(body.get("sigmaNext", 0)),
        timestep=float(body.get("timestep", 0)),
        signals={
            one["signal"].removeprefix("SIGNAL_").lower(): SignalSums(_old_sums(Sums, one["whole"]))
            for one in body.get("signals", ())
            if "whole" in one
        },
        differences={
            one["difference"].removeprefix("DIFFERENCE_").lower(): DifferenceSums(
                _old_sums(PairSums, one["whole"])
            )
            for one in body.get("differences", ())
            if "whole" in one
        },
        seconds=float(body.get("seconds", 0)),
        batch_size=body.get("batchSize", 0),
        expert=body.get("expert", ""),
        shared=body.get("shared", False),
    )


def _cell_values(manifest: Json, identified: Json, started: Json) -> dict[str, Value]:
    cell: Json = identified["cell"]
    name = cell.get("model")
    provenance: Json = started.get("provenance") or (
        manifest["provenance"] if name is None else manifest.get("models", {}).get(name, {})
    )
    model: Json | None = provenance.get("model")
    device: Json | None = provenance.get("device")
    return {
        **{column: cell.get(column) for column in CELL_COLUMNS},
        "true_cfg_scale": _one_number(cell.get("true_cfg_scale")),
        "cell_id": _tabular_id(identified["cellId"]),
        "scheduler": started.get("scheduler", ""),
        "model": name if name is not None else _text(model, "id"),
        "family": _text(model, "family"),
        "weights": _WEIGHTS.get((model or {}).get("weights", ""), "unknown"),
        "transformer_dtype": _text(model, "transformerDtype"),
        "device": _text(device, "name"),
        "lora": ", ".join(map(_lora_text, (model or {}).get("loras", ()))) or None,
    }


def _one_number(scale: object) -> Value:
    """A scale that is the same in every step; other steps say their own."""
    return scale if isinstance(scale, int | float) else None


def _tabular_id(cell_id: str) -> str:
    """With the letter that ids in records of earlier versions lack: 25783671e606 reads as inf."""
    return f"c{cell_id}" if re.fullmatch("[0-9a-f]{12}", cell_id) else cell_id


def _lora_text(lora: Json) -> str:
    """A LoRA as `--lora` names it; proto JSON leaves zeros and empty texts out."""
    expert = f"{lora['transformer']}=" if lora.get("transformer") else ""
    scale = float(lora.get("scale", 0))
    # As the client writes numbers: 1, 0.5, 1e-7.
    number = f"{scale:.0f}" if scale.is_integer() else repr(scale).replace("e-0", "e-")
    return f"{expert}{lora['id']}{'' if scale == 1 else f':{number}'}"


def _text(message: Json | None, key: str) -> str | None:
    """Proto JSON leaves empty texts out."""
    return None if message is None else message.get(key, "")
