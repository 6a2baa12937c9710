"""Answers whether the server of a conformance subject accepts a cell; for the client's tests.

    cd server-py && ../.venv/bin/python tests/serving/accepts.py             # reads requests
    cd server-py && ../.venv/bin/python tests/serving/accepts.py --describe  # then exits

Each line of standard input is a JSON object, and one line of JSON answers it:

    {"subject": "wan", "cell": <RunRequest as proto JSON>}
    {"ok": true, "first_step": "0a0f…"}
    {"ok": false, "message": "cell.frames is 8; wan needs 4k + 1"}

`subject` is a `name` in tests/families/every_subject.py; its model is loaded when it is first
named. `first_step` is the server's first-step key of the cell: the serialized Cell message of
:attr:`l1probe.families.Cell.first_step`, as hexadecimal bytes. With `--describe`, the script prints
one object from subject to its DescribeResponse (proto JSON, as a server with default limits says
it) and exits. `--describe NAME…` and `--list` (names only, nothing is loaded) are faster.
"""

from __future__ import annotations

import argparse
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

from l1probe.families import Cell  # noqa: E402
from l1probe.serving.loading import LoadedModel, load_model  # noqa: E402
from l1probe.serving.messages import cell_of  # noqa: E402
from l1probe.serving.service import ProbeService  # noqa: E402
from l1probe.serving.validation import InvalidCell, check_request  # noqa: E402
from l1probe.settings import Settings, parse_settings  # noqa: E402
from l1probe.v1 import probe_pb2 as pb  # noqa: E402

MODELS = {subject.name: subject.model for subject in SUBJECTS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--describe", nargs="*", choices=MODELS, metavar="NAME")
    options = parser.parse_args()
    if options.list:
        print(json.dumps(list(MODELS)))
    elif options.describe is not None:
        print(json.dumps({name: describe(name) for name in options.describe or MODELS}))
    else:
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), flush=True)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Whether the subject's server would run the request, and the cell's first-step key."""
    family, settings = _loaded(asked["subject"]).family, _settings(asked["subject"])
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
    )
    return message.SerializeToString(deterministic=True)


def describe(name: str) -> dict[str, Any]:
    """DescribeResponse of the subject's server, as proto JSON."""
    bench = Bench(_settings(name))
    try:
        service = ProbeService(bench.settings)
        service.open(bench.engine)
        return MessageToDict(asyncio.run(service.Describe(pb.DescribeRequest(), None)))
    finally:
        bench.close()


@cache
def _settings(name: str) -> Settings:
    return parse_settings(["--device", "cpu", "--max-batch", "1", "--model", MODELS[name]])


@cache
def _loaded(name: str) -> LoadedModel:
    return load_model(_settings(name))


if __name__ == "__main__":
    main()
