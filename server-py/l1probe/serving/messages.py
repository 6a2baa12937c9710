"""Sums on the host to the contract's messages."""

from __future__ import annotations

import torch
from jaxtyping import Float64
from torch import Tensor

from l1probe.serving.enums import Difference, Signal
from l1probe.v1 import probe_pb2 as pb


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
