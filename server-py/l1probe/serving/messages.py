"""Sums on the host to the contract's messages."""

from __future__ import annotations

from dataclasses import asdict, fields

import torch
from jaxtyping import Float64
from torch import Tensor

from l1probe.batching.forward_times import Measured
from l1probe.families.cell import Cell, SolverState
from l1probe.serving.enums import Difference, Signal
from l1probe.v1 import probe_pb2 as pb

_SOLVER_STATES: dict[int, SolverState] = {
    pb.SOLVER_STATE_FLOAT32: "float32",
    pb.SOLVER_STATE_STOCK: "stock",
}


def cell_of(message: pb.Cell) -> Cell:
    """A cell that :mod:`l1probe.serving.validation` has accepted."""
    named = {field.name: getattr(message, field.name) for field in fields(Cell)}
    for name in ("negative_prompt", "image"):
        if not message.HasField(name):
            named[name] = None
    named["sigmas"] = tuple(message.sigmas)
    named["solver_state"] = _SOLVER_STATES[message.solver_state]
    return Cell(**named)


def measured_message(measured: Measured) -> pb.Measured:
    """Forward times of one shape and batch size; the fields have the same names."""
    return pb.Measured(**asdict(measured))


def signal_message(
    signal: Signal, rows: Float64[Tensor, "5 frames"], per_frame: int
) -> pb.SignalSums:
    """One signal of a step, from the rows of `statistics.signal_sums`."""
    frames = [_sums(column, per_frame) for column in rows.T]
    whole = torch.cat((rows[:2].sum(1), rows[2:3].amin(1), rows[3:4].amax(1), rows[4:].sum(1)))
    return pb.SignalSums(signal=signal, whole=_sums(whole, per_frame * len(frames)), frames=frames)


def pair_message(
    difference: Difference, rows: Float64[Tensor, "4 frames"], per_frame: int
) -> pb.DifferenceSums:
    """One difference of a step, from the rows of `statistics.pair_sums`."""
    frames = [_pair(column, per_frame) for column in rows.T]
    return pb.DifferenceSums(
        difference=difference,
        whole=_pair(rows.sum(1), per_frame * len(frames)),
        frames=frames,
    )


def _sums(values: Float64[Tensor, 5], count: int) -> pb.Sums:
    sum_abs, sum_squares, low, high, non_finite = values.tolist()
    return pb.Sums(
        count=count,
        sum_abs=sum_abs,
        sum_squares=sum_squares,
        min=low,
        max=high,
        non_finite=int(non_finite),
    )


def _pair(values: Float64[Tensor, 4], count: int) -> pb.PairSums:
    sum_abs, sum_squared, product, reference = values.tolist()
    return pb.PairSums(
        count=count,
        sum_abs_difference=sum_abs,
        sum_squared_difference=sum_squared,
        sum_product=product,
        sum_abs_reference=reference,
    )
