"""The one translator between the contract's messages and the dataclasses of the other rooms.

A dataclass and its message have fields of the same names, so nothing is listed twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any, cast

from l1probe.batching.forward_times import Measured
from l1probe.families.cell import Cell, SolverState, Start, StartKind
from l1probe.families.family import Family
from l1probe.observe.probe import Started
from l1probe.records.step import DIFFERENCES, SIGNALS, PairSums, Step, Sums
from l1probe.serving.enums import Difference, Signal
from l1probe.serving.starts import MAX_START_BYTES, no_pixels, no_start
from l1probe.v1 import probe_pb2 as pb

#: The contract's value of each signal and difference.
SIGNAL_OF = {n: cast("Signal", pb.Signal.Value(f"SIGNAL_{n.upper()}")) for n in SIGNALS}
DIFFERENCE_OF = {
    n: cast("Difference", pb.Difference.Value(f"DIFFERENCE_{n.upper()}")) for n in DIFFERENCES
}

_SOLVER_STATES: dict[int, SolverState] = {
    pb.SOLVER_STATE_FLOAT32: "float32",
    pb.SOLVER_STATE_STOCK: "stock",
}
_START_KINDS: dict[int, StartKind] = {
    pb.START_KIND_LATENTS: "latents",
    pb.START_KIND_IMAGE: "image",
    pb.START_KIND_CLIP: "clip",
}
_OPTIONAL = ("negative_prompt", "image", "start")
_SUMS = tuple(field.name for field in fields(Sums))
_PAIR_SUMS = tuple(field.name for field in fields(PairSums))
_STEP = tuple(f.name for f in fields(Step) if f.name not in ("signals", "differences"))


def cell_of(message: pb.Cell) -> Cell:
    """A cell that :mod:`l1probe.serving.validation` has accepted."""
    named = _named(message, (field.name for field in fields(Cell)))
    named |= {name: None for name in _OPTIONAL if not message.HasField(name)}
    for name in ("sigmas", "true_cfg_scales", "expert_true_cfg_scales"):
        named[name] = tuple(getattr(message, name))
    if not message.HasField("true_cfg_scale"):
        several = (*message.true_cfg_scales, *message.expert_true_cfg_scales)
        named["true_cfg_scale"] = max(several)
    named["solver_state"] = _SOLVER_STATES[message.solver_state]
    if message.HasField("start"):
        named["start"] = _start(message.start)
    return Cell(**named)


def _start(message: pb.Start) -> Start:
    return Start(
        kind=_START_KINDS[message.kind],
        sha256=message.sha256,
        shape=tuple(message.shape),
        dtype=message.dtype,
        noised=message.noised,
        data=message.data,
    )


def start_rules(family: Family) -> pb.StartRules:
    """What a cell of this family may start from."""
    shape = family.latent_shape
    rules = pb.StartRules(
        latents_refused="" if shape else no_start(family),
        pixels_refused=no_pixels(family),
        max_bytes=MAX_START_BYTES,
    )
    if shape is not None:
        rules.axes.extend(
            pb.LatentAxis(
                times=axis.times,
                frames=axis.frames,
                height_divisor=axis.height,
                width_divisor=axis.width,
            )
            for axis in shape.axes
        )
        rules.frames_divisor = shape.frames_divisor
        rules.frames_left_out = shape.frames_left_out
        rules.frames_multiple = shape.frames_multiple
    return rules


def measured_message(measured: Measured) -> pb.Measured:
    """Forward times of one shape and batch size."""
    return pb.Measured(**asdict(measured))


def started_message(
    started: Started,
    run_id: str,
    cell_id: str,
    provenance: pb.Provenance,
    tokens: Iterable[pb.TokenCount],
) -> pb.Started:
    """The first event of a run on the device."""
    return pb.Started(
        **{**asdict(started), "signals": [SIGNAL_OF[name] for name in started.signals]},
        run_id=run_id,
        cell_id=cell_id,
        provenance=provenance,
        tokens=tokens,
    )


def step_message(step: Step) -> pb.Step:
    """One evaluation with its sums."""
    return pb.Step(
        **_named(step, _STEP),
        signals=[
            pb.SignalSums(
                signal=SIGNAL_OF[name], whole=_sums(sums.whole), frames=map(_sums, sums.frames)
            )
            for name, sums in step.signals.items()
        ],
        differences=[
            pb.DifferenceSums(
                difference=DIFFERENCE_OF[name],
                whole=_pair_sums(sums.whole),
                frames=map(_pair_sums, sums.frames),
            )
            for name, sums in step.differences.items()
        ],
    )


def _sums(sums: Sums) -> pb.Sums:
    return pb.Sums(**_named(sums, _SUMS))


def _pair_sums(sums: PairSums) -> pb.PairSums:
    return pb.PairSums(**_named(sums, _PAIR_SUMS))


def _named(source: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}
