"""What the probe makes of one cell: signals at the seams become events with sums."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from l1probe.v1 import probe_pb2 as pb
from l1probe_server.enums import Difference, Signal
from l1probe_server.families import Family
from l1probe_server.messages import pair_message, signal_message
from l1probe_server.readback import Readback
from l1probe_server.samplers import SolverCall, sigmas_float32, stock_name, what_runs
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
        run_id: of the run whose events these are.
        provenance: of the server, for the first event.
        family: where the latent's frames are.
        emit: takes events; called from this thread and from the readback's.
        cancelled: set by whoever wants the cell to stop.
        readback: brings sums to the host.
        trace: where to keep copies of every signal, or None.
    """

    def __init__(
        self,
        cell: pb.Cell,
        run_id: str,
        provenance: pb.Provenance,
        family: Family,
        emit: Emit,
        cancelled: threading.Event,
        readback: Readback,
        trace: dict[str, Tensor] | None = None,
    ) -> None:
        self.lifts = cell.solver_state == pb.SOLVER_STATE_FLOAT32
        self.latents: Tensor | None = None
        self._cell = cell
        self._family = family
        self._emit = emit
        self._run_id = run_id
        self._provenance = provenance
        self._cancelled = cancelled
        self._readback = readback
        self._trace = trace
        self._calls: list[SolverCall] = []
        self._calls_done = 0
        self._scheduler: Any = None
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
        self._scheduler = scheduler

    def before_forward(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def on_forward(
        self, label: str | None, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        if not self._has_started:
            self._has_started = True
            self._emit(pb.RunResponse(started=self._started(latent_in)))
        if self._evaluation is None:
            self._evaluation = Evaluation(latent_in, timestep, {})
        # Where a pipeline gives its forwards no name, the conditional one comes first.
        first = not self._evaluation.predictions
        is_cond = first if label is None else label == "cond"
        signal = pb.SIGNAL_COND if is_cond else pb.SIGNAL_UNCOND
        self._evaluation.predictions[signal] = prediction

    def _started(self, latent_in: Tensor) -> pb.Started:
        signals = [pb.SIGNAL_LATENT_IN, pb.SIGNAL_COND, pb.SIGNAL_CFG, pb.SIGNAL_LATENT_OUT]
        if self._cell.true_cfg_scale > 1:
            signals.insert(2, pb.SIGNAL_UNCOND)
        return pb.Started(
            run_id=self._run_id,
            cell_id=self._cell.cell_id,
            sigmas=[call.sigma for call in self._calls if call.evaluation == 0],
            timesteps=self._scheduler.timesteps.tolist(),
            signals=signals,
            latent_shape=list(latent_in.shape),
            scheduler=stock_name(self._scheduler),
            provenance=self._provenance,
        )

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
                step.signals.append(signal_message(signal, next(rows), per_frame))
            for difference in pair_keys:
                step.differences.append(pair_message(difference, next(rows), per_frame))
            self._emit(pb.RunResponse(step=step))

        self._deliveries.append(self._readback.deliver(packed, arrived))
