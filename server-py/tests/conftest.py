"""Fixtures: the bundled model in this process, and a real server in its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from conformance_table import Outcome, table, worst
from safetensors.torch import load_file
from torch import Tensor

from l1probe.serving.artifacts import ArtifactStore
from l1probe.serving.engine import Engine
from l1probe.serving.enums import ArtifactKind
from l1probe.serving.loading import load_model
from l1probe.serving.messages import SIGNAL_OF
from l1probe.serving.process import started_server
from l1probe.serving.provenance import provenance
from l1probe.serving.run_queue import Run
from l1probe.settings import BUNDLED_MODEL, Settings, parse_settings
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2_grpc as rpc

SERVER_PY = Path(__file__).resolve().parent.parent
PROMPT = "a red circle moving right on a blue background"

#: Names of the contract's signals, as records and traces have them.
SIGNAL_NAMES = {signal: name for name, signal in SIGNAL_OF.items()}


def flow_shift(shift: float, steps: int) -> list[float]:
    """The flow shift of a linear grid, in float64; an oracle for schedules, not the client's."""
    linear = [1 - i / steps for i in range(steps)]
    return [shift * t / (1 + (shift - 1) * t) for t in linear]


def make_cell(sigmas: Sequence[float] | None = None, **changes: Any) -> pb.Cell:
    """A small valid cell (4 steps, 1 frame of 64×64, true CFG 3) with `changes` over it."""
    settings: dict[str, Any] = {
        "cell_id": "test",
        "prompt": PROMPT,
        "negative_prompt": "",
        "sigmas": flow_shift(7, 4) if sigmas is None else sigmas,
        "sampler": "euler",
        "solver_state": pb.SOLVER_STATE_FLOAT32,
        "height": 64,
        "width": 64,
        "frames": 1,
        "seed": 0,
        "guidance_scale": 1.0,
        "true_cfg_scale": 3.0,
        **changes,
    }
    return pb.Cell(**{name: value for name, value in settings.items() if value is not None})


@dataclass
class Result:
    """Everything one run streamed, sorted by kind."""

    events: list[pb.RunResponse] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def of(self, kind: str) -> list[Any]:
        return [getattr(e, kind) for e in self.events if e.WhichOneof("event") == kind]

    @property
    def started(self) -> pb.Started:
        return self.of("started")[0]

    @property
    def steps(self) -> list[pb.Step]:
        return self.of("step")

    @property
    def finished(self) -> pb.Finished:
        assert self.of("finished"), self.events[-1]
        return self.of("finished")[0]

    @property
    def failed(self) -> pb.Failed:
        assert self.of("failed"), self.events[-1]
        return self.of("failed")[0]


def ratio(step: pb.Step, difference: int) -> float:
    """rel-L1 of one step."""
    whole = next(d.whole for d in step.differences if d.difference == difference)
    return whole.sum_abs_difference / whole.sum_abs_reference


class Bench:
    """An engine in this process; `run` returns what one cell streamed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.model = load_model(settings)
        self.store = ArtifactStore(2**30)
        self.engine = Engine(self.model, provenance(self.model, settings), self.store, settings)

    def run(
        self,
        cell: pb.Cell,
        keep: Sequence[ArtifactKind] = (),
        on_event: Callable[[Run, pb.RunResponse], None] = lambda run, event: None,
        states_at: Sequence[int] = (),
    ) -> Result:
        return self.collect(self.start(cell, keep, on_event, states_at))

    def together(self, cells: Sequence[pb.Cell], keep: Sequence[ArtifactKind] = ()) -> list[Result]:
        """Runs cells at once: the first waits after its first forward until all are queued."""
        queued = threading.Event()

        def wait(run: Run, event: pb.RunResponse) -> None:
            if event.WhichOneof("event") == "started":
                assert queued.wait(60)

        first, *others = cells
        started = [self.start(first, keep, wait), *(self.start(cell, keep) for cell in others)]
        queued.set()
        return [self.collect(one) for one in started]

    def start(
        self,
        cell: pb.Cell,
        keep: Sequence[ArtifactKind] = (),
        on_event: Callable[[Run, pb.RunResponse], None] = lambda run, event: None,
        states_at: Sequence[int] = (),
    ) -> tuple[Run, Result]:
        result = Result()

        def emit(event: pb.RunResponse) -> None:
            result.events.append(event)
            on_event(run, event)

        run = Run(pb.RunRequest(cell=cell, keep=keep, states_at=states_at), emit)
        self.engine.submit(run)
        return run, result

    def collect(self, started: tuple[Run, Result]) -> Result:
        run, result = started
        run.ended.result(timeout=120)
        for finished in result.of("finished"):
            for artifact in finished.artifacts:
                path = self.store.path(artifact.artifact_id)
                if path is not None and path.suffix == ".safetensors":
                    result.tensors |= load_file(path)
        return result

    def close(self) -> None:
        self.engine.close()
        self.store.close()


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """The bundled model as a CPU runs it: float32."""
    bench = Bench(parse_settings(["--device", "cpu", "--max-batch", "1"]))
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def batched_bench() -> Iterator[Bench]:
    """The bundled model in float32 as a server runs it: up to 16 cells at once."""
    bench = Bench(parse_settings(["--device", "cpu"]))
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def bfloat16_bench() -> Iterator[Bench]:
    """The bundled model with its transformer in bfloat16, as on a GPU."""
    bench = Bench(parse_settings(["--device", "cpu", "--dtype", "bfloat16", "--max-batch", "1"]))
    yield bench
    bench.close()


@dataclass
class Server:
    """A server process's address and a stub to it."""

    address: str
    stub: rpc.ProbeServiceStub


@contextmanager
def connected_server(*flags: str) -> Iterator[Server]:
    """`python -m l1probe` with `flags` and a stub to it; a clean stop is part of the test."""
    with (
        started_server(flags, stop_seconds=20.0) as address,
        grpc.insecure_channel(address) as channel,
    ):
        yield Server(address, rpc.ProbeServiceStub(channel))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of the bundled model in its own process."""
    with connected_server() as server:
        yield server


#: Of each cell of the table, its place among them.
_places: dict[tuple[str, str], int] = {}
_conformance: dict[tuple[int, str, str], list[Outcome]] = {}


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test of the conformance suite says with each of its reports which cell it is of."""
    marker = item.get_closest_marker("conformance")
    if marker is not None and isinstance(item, pytest.Function):
        subject: Any = item.callspec.params["engines"]
        cell = (subject.name, *marker.args)
        place = _places.setdefault(cell, len(_places))
        item.user_properties.append(("conformance", (place, *cell)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, cell in report.user_properties:
        if name == "conformance" and (report.when == "call" or not report.passed):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            outcome = (str(report.outcome), reason.removeprefix("Skipped: "))
            # Reports of other processes, where several share the tests, come with lists.
            key = cast("tuple[int, str, str]", tuple(cast("Sequence[object]", cell)))
            _conformance.setdefault(key, []).append(outcome)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table of families and checks, where the suite ran."""
    found = sorted(_conformance.items())
    outcomes = {(family, name): worst(all_) for (_, family, name), all_ in found}
    if outcomes:
        terminalreporter.section("conformance of the model families")
        for line in table(outcomes):
            terminalreporter.write_line(line)


__all__ = [
    "BUNDLED_MODEL",
    "PROMPT",
    "SIGNAL_NAMES",
    "Bench",
    "Result",
    "Server",
    "flow_shift",
    "make_cell",
]
