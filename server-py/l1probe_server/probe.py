"""What the probe makes of one cell: signals at the seams become events with sums."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from l1probe.v1 import probe_pb2 as pb
from l1probe_server.enums import Difference, Signal
from l1probe_server.families import Family
from l1probe_server.readback import Readback
from l1probe_server.samplers import SolverCall, sigmas_float32, what_runs
from l1probe_server.statistics import elements_per_frame, pair_sums, signal_sums

Emit = Callable[[pb.RunResponse], None]


class Cancelled(Exception):
    """The cell was cancelled; raised at a seam, so it stops within one step."""


#: Every signal, under the name that traces and records use.
SIGNAL_NAMES: Mapping[Signal, str] = {
    pb.SIGNAL_LATENT_IN: "latent_in",
    pb.SIGNAL_COND: "cond",
    pb.SIGNAL_UNCOND: "uncond",
    pb.SIGNAL_CFG: "cfg",
    pb.SIGNAL_LATENT_OUT: "latent_out",
}


def trace_key(signal: Signal, step: int, evaluation: int) -> str:
    """A signal's name in a trace: "cond.0003" in step 3, "cond.0003.1" where it evaluates again."""
    again = f".{evaluation}" if evaluation else ""
    return f"{SIGNAL_NAMES[signal]}.{step:04d}{again}"


#: Which signal a difference follows from evaluation to evaluation.
_FOLLOWED: Mapping[Difference, Signal] = {
    pb.DIFFERENCE_COND: pb.SIGNAL_COND,
    pb.DIFFERENCE_UNCOND: pb.SIGNAL_UNCOND,
    pb.DIFFERENCE_CFG: pb.SIGNAL_CFG,
}


@dataclass
class Evaluation:
    """One forward's share of a step, collected between two calls of the solver."""

    latent_in: Tensor
    timestep: Tensor
    predictions: dict[Signal, Tensor]


class Probe:
    """Observes one cell; an `l1probe_server.taps.Observer`.

    Args:
        cell: what was asked.
        family: where the latent's frames are.
        emit: takes events; called from this thread and from the readback's.
        started: makes the first event once sigmas, timesteps and latent shape are known.
        cancelled: set by whoever wants the cell to stop.
        trace: where to keep copies of every signal, or None.
    """

    def __init__(
        self,
        cell: pb.Cell,
        family: Family,
        emit: Emit,
        started: Callable[[Sequence[float], Sequence[float], Sequence[int]], pb.Started],
        cancelled: threading.Event,
        readback: Readback,
        trace: dict[str, Tensor] | None = None,
    ) -> None:
        self.lifts = cell.solver_state == pb.SOLVER_STATE_FLOAT32
        self.latents: Tensor | None = None
        self._cell = cell
        self._family = family
        self._emit = emit
        self._started = started
        self._cancelled = cancelled
        self._readback = readback
        self._trace = trace
        self._calls: list[SolverCall] = []
        self._calls_done = 0
        self._timesteps: list[float] = []
        self._evaluation: Evaluation | None = None
        self._previous: dict[Signal, Tensor] = {}
        self._deliveries: list[Future[None]] = []
        self._clock = time.perf_counter()
        self._has_started = False

    @property
    def steps_done(self) -> int:
        """Steps of which at least one evaluation was streamed."""
        return self._calls[self._calls_done - 1].step + 1 if self._calls_done else 0

    def drain(self) -> None:
        """Waits until every step's event was emitted; raises what went wrong on the way."""
        deliveries, self._deliveries = self._deliveries, []
        for delivery in deliveries:
            delivery.result()

    def on_schedule(self, scheduler: Any) -> None:
        self._calls = what_runs(scheduler, sigmas_float32(self._cell.sigmas))
        self._timesteps = scheduler.timesteps.tolist()

    def before_forward(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def on_forward(
        self, label: str | None, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        if not self._has_started:
            self._has_started = True
            sigmas = [call.sigma for call in self._calls if call.evaluation == 0]
            self._emit(
                pb.RunResponse(
                    started=self._started(sigmas, self._timesteps, list(latent_in.shape))
                )
            )
        if self._evaluation is None:
            self._evaluation = Evaluation(latent_in, timestep, {})
        # Where a pipeline gives its forwards no name, the conditional one comes first.
        first = not self._evaluation.predictions
        is_cond = first if label is None else label == "cond"
        signal = pb.SIGNAL_COND if is_cond else pb.SIGNAL_UNCOND
        self._evaluation.predictions[signal] = prediction

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        evaluation, self._evaluation = self._evaluation, None
        if evaluation is None:
            raise RuntimeError("the scheduler stepped without a forward of the transformer")
        self.latents = latent_out
        signals = {
            pb.SIGNAL_LATENT_IN: evaluation.latent_in,
            **evaluation.predictions,
            pb.SIGNAL_CFG: prediction,
            pb.SIGNAL_LATENT_OUT: latent_out,
        }
        pairs = {pb.DIFFERENCE_LATENT: (latent_out, evaluation.latent_in)}
        for difference, signal in _FOLLOWED.items():
            if signal in signals and signal in self._previous:
                pairs[difference] = (signals[signal], self._previous[signal])
        self._previous = {s: signals[s] for s in _FOLLOWED.values() if s in signals}
        call = self._calls[self._calls_done]
        self._keep(signals, call)
        self._post(signals, pairs, call, evaluation.timestep)
        self._calls_done += 1
        if self._cancelled.is_set():
            raise Cancelled

    def _keep(self, signals: Mapping[Signal, Tensor], call: SolverCall) -> None:
        if self._trace is None:
            return
        for signal, tensor in signals.items():
            # A copy, since a pipeline may write into its own tensors later.
            copied = tensor.to("cpu", copy=True).contiguous()
            self._trace[trace_key(signal, call.step, call.evaluation)] = copied

    def _post(
        self,
        signals: Mapping[Signal, Tensor],
        pairs: Mapping[Difference, tuple[Tensor, Tensor]],
        call: SolverCall,
        timestep: Tensor,
    ) -> None:
        axis = self._family.frame_axis
        per_frame = elements_per_frame(signals[pb.SIGNAL_LATENT_IN], axis)
        blocks = [signal_sums(tensor, axis) for tensor in signals.values()]
        blocks += [pair_sums(a, b, axis) for a, b in pairs.values()]
        # One copy a call: the timestep rides along as a first row of its own.
        frames = blocks[0].shape[1]
        head = timestep.reshape(-1)[:1].to(blocks[0].dtype).expand(1, frames)
        packed = torch.cat((head, *blocks))
        signal_keys, pair_keys = list(signals), list(pairs)

        def arrived(values: Float[Tensor, "rows frames"]) -> None:
            now = time.perf_counter()
            seconds, self._clock = now - self._clock, now
            table = values.to(torch.float64)
            step = pb.Step(
                step=call.step,
                evaluation=call.evaluation,
                sigma=call.sigma,
                sigma_next=call.sigma_next,
                timestep=float(table[0, 0]),
                seconds=seconds,
                batch_size=1,
            )
            rows = iter(table[1:].split([5] * len(signal_keys) + [4] * len(pair_keys)))
            for signal in signal_keys:
                step.signals.append(_signal_message(signal, next(rows), per_frame))
            for difference in pair_keys:
                step.differences.append(_pair_message(difference, next(rows), per_frame))
            self._emit(pb.RunResponse(step=step))

        self._deliveries.append(self._readback.deliver(packed, arrived))


def _signal_message(
    signal: Signal, rows: Float64[Tensor, "5 frames"], per_frame: int
) -> pb.SignalSums:
    frames = [_sums(column, per_frame) for column in rows.T]
    whole = torch.cat((rows[:2].sum(1), rows[2:3].amin(1), rows[3:4].amax(1), rows[4:].sum(1)))
    return pb.SignalSums(signal=signal, whole=_sums(whole, per_frame * len(frames)), frames=frames)


def _pair_message(
    difference: Difference, rows: Float64[Tensor, "4 frames"], per_frame: int
) -> pb.DifferenceSums:
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
