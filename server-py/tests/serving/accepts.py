"""Answers whether the server of a conformance subject accepts a cell; for the client's tests.

    cd server-py && ../.venv/bin/python tests/serving/accepts.py

The first line of standard output is a JSON list of the subjects: the `name`s in
tests/families/every_subject.py. Each line of standard input is a JSON object, and one line of JSON
answers it:

    {"subject": "wan"}
    <DescribeResponse as proto JSON, as a server with default limits gives it>
    {"subject": "wan", "cell": <RunRequest as proto JSON>}
    {"ok": true, "first_step": "0a0f…"}
    {"ok": false, "message": "cell.frames is 8; wan needs 4k + 1"}

A subject's model is loaded when it is first named. `first_step` is the server's first-step key of
the cell: the serialized Cell message of :attr:`l1probe.families.Cell.first_step`, as hexadecimal
bytes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "families"), str(TESTS.parent)]

from conftest import Bench  # noqa: E402
from every_subject import SUBJECTS  # noqa: E402  # pyright: ignore[reportMissingImports]
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError  # noqa: E402

from l1probe.families import Cell, Family  # noqa: E402
from l1probe.serving.messages import cell_of  # noqa: E402
from l1probe.serving.service import ProbeService  # noqa: E402
from l1probe.serving.validation import InvalidCell, check_request  # noqa: E402
from l1probe.settings import Settings, parse_settings  # noqa: E402
from l1probe.v1 import probe_pb2 as pb  # noqa: E402

MODELS = {subject.name: subject.model for subject in SUBJECTS}


def main() -> None:
    print(json.dumps(list(MODELS)), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        said = answer(asked) if "cell" in asked else _described(asked["subject"])[0]
        print(json.dumps(said), flush=True)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Whether the subject's server would run the request, and the cell's first-step key."""
    _, family, settings = _described(asked["subject"])
    try:
        request = ParseDict(asked["cell"], pb.RunRequest())
        check_request(request, family, settings)
    except (ParseError, InvalidCell) as error:
        return {"ok": False, "message": str(error)}
    return {"ok": True, "first_step": first_step_key(cell_of(request.cell)).hex()}


def first_step_key(cell: Cell) -> bytes:
    """The server's first-step key as the contract writes it: a serialized Cell message."""
    key = cell.first_step
    message = pb.Cell(
        prompt=key.prompt,
        negative_prompt=key.negative_prompt,
        sigmas=key.sigmas,
        sampler=key.sampler,
        solver_state=f"SOLVER_STATE_{key.solver_state.upper()}",
        height=key.height,
        width=key.width,
        frames=key.frames,
        seed=key.seed,
        guidance_scale=key.guidance_scale,
        true_cfg_scale=key.true_cfg_scale or None,
        expert_true_cfg_scales=key.expert_true_cfg_scales,
        image=key.image,
        start=key.start
        and pb.Start(
            kind=f"START_KIND_{key.start.kind.upper()}",
            sha256=key.start.sha256,
            shape=key.start.shape,
            dtype=key.start.dtype,
            noised=key.start.noised,
        ),
    )
    return message.SerializeToString(deterministic=True)


@cache
def _described(name: str) -> tuple[dict[str, Any], Family, Settings]:
    """DescribeResponse of the subject's server, as proto JSON, and what validation needs."""
    bench = Bench(parse_settings(["--device", "cpu", "--max-batch", "1", "--model", MODELS[name]]))
    try:
        service = ProbeService(bench.settings)
        service.open(bench.engine)
        described = MessageToDict(asyncio.run(service.Describe(pb.DescribeRequest(), None)))
    finally:
        bench.close()
    return described, bench.model.family, bench.settings


if __name__ == "__main__":
    main()
