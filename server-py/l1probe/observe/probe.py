"""What the probe makes of one cell: signals at the seams become events with sums."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from l1probe.families import Cell, Family
from l1probe.observe.forward import Answer, Forward, Output
from l1probe.observe.readback import Readback
from l1probe.observe.statistics import (
    EAGER,
    Reducers,
    elements_per_frame,
    step_sums,
)
from l1probe.samplers import (
    SigmasNotVerbatim,
    SolverCall,
    sigmas_float32,
    stock_name,
    what_runs,
)
from l1probe.serving.enums import Difference, Signal
from l1probe.serving.messages import pair_message, signal_message
from l1probe.v1 import probe_pb2 as pb

Emit = Callable[[pb.RunResponse], None]

#: Names that pipelines give their conditional forward.
CONDITIONAL = frozenset({"cond", "pred_cond"})


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
    """What the forwards between two calls of the solver were asked and gave."""

    latent_in: Tensor
    timestep: Tensor
    component: str
    predictions: dict[Signal, Tensor]
    batch_size: int = 1
    shared: bool = False


class Probe:
    """Observes one cell; an `l1probe.observe.hooks.Observer`.

    Args:
        cell: what was asked.
        run_id: of the run whose events these are.
        provenance: of the server, for the first event.
        family: where the latent's frames are.
        emit: takes events; called from this thread and from the readback's.
        cancelled: set by whoever wants the cell to stop.
        readback: brings sums to the host.
        answer: runs a forward, alone or with others.
        has_experts: whether steps say which transformer was asked.
        has_statistics: whether steps carry sums; without, only what it costs is learnt.
        reducers: what makes the sums.
        trace: where to keep copies of every signal, or None.
    """

    def __init__(
        self,
        cell: Cell,
        run_id: str,
        provenance: pb.Provenance,
        family: Family,
        emit: Emit,
        cancelled: threading.Event,
        readback: Readback,
        trace: dict[str, Tensor] | None,
        answer: Callable[[Forward], Answer],
        has_experts: bool = False,
        has_statistics: bool = True,
        reducers: Reducers = EAGER,
    ) -> None:
        self.lifts = cell.solver_state == "float32"
        self.latents: Tensor | None = None
        self._cell = cell
        self._family = family
        self._emit = emit
        self._run_id = run_id
        self._provenance = provenance
        self._cancelled = cancelled
        self._readback = readback
        self._trace = trace
        self._answer = answer
        self._has_experts = has_experts
        self._has_statistics = has_statistics
        self._reducers = reducers
        self._first_step = cell.first_step
        self._order = 0
        self._last: Answer | None = None
        self._calls: list[SolverCall] = []
        self._calls_done = 0
        self._timesteps = self._sigmas = torch.empty(0)
        self._scheduler_name = ""
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

    def plan(self, scheduler: Any) -> None:
        """Learns what a scheduler will run, on the host, before anything is evaluated.

        Raises:
            SigmasNotVerbatim: it would run other sigmas than those sent.
        """
        scheduler.set_timesteps(device="cpu")
        self._calls = what_runs(scheduler, sigmas_float32(self._cell.sigmas))
        self._timesteps = scheduler.timesteps.clone()
        self._sigmas = scheduler.sigmas.to(torch.float32, copy=True)
        self._scheduler_name = stock_name(scheduler)

    def on_schedule(self, scheduler: Any) -> None:
        # Reading it at once would wait for all that the device has queued; the host's own copy
        # was compared before, and this comparison can still fail the cell.
        timesteps = scheduler.timesteps
        sigmas = scheduler.sigmas.to(timesteps.device, torch.float32)

        def arrived(values: Float[Tensor, " values"]) -> None:
            if not torch.equal(values, torch.cat((self._timesteps, self._sigmas))):
                raise SigmasNotVerbatim(
                    f"the scheduler ran {values.tolist()} (timesteps, then sigmas), "
                    f"not {self._timesteps.tolist()} and {self._sigmas.tolist()}"
                )

        self._deliveries.append(self._readback.deliver(torch.cat((timesteps, sigmas)), arrived))

    def compute(self, forward: Forward) -> Output:
        if self._cancelled.is_set():
            raise Cancelled
        cell = self._cell
        forward = replace(forward, size=(cell.height, cell.width, cell.frames))
        if not self._calls_done:
            first = forward.label or self._order
            forward = replace(forward, same_as=(self._first_step, forward.component, first))
        self._order += 1
        answer = self._answer(forward)
        if self._cancelled.is_set():
            raise Cancelled
        self._last = answer
        return answer.output

    def on_forward(
        self, forward: Forward, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        family = self._family
        # Where both ways of guidance are one forward, the conditional half is the second.
        states, parts = latent_in.chunk(forward.rows), prediction.chunk(forward.rows)
        if self._evaluation is None:
            state = family.state_of(states[-1])
            self._evaluation = Evaluation(state, timestep, forward.component, {})
        if not self._has_started:
            self._has_started = True
            self._emit(
                pb.RunResponse(started=self._started(self._evaluation.latent_in, forward.rows))
            )
        predictions = self._evaluation.predictions
        if family.batched_cfg and len(parts) == 2:
            predictions[pb.SIGNAL_COND] = family.prediction_of(parts[1])
            predictions[pb.SIGNAL_UNCOND] = family.prediction_of(parts[0])
        else:
            named = forward.label is not None and not family.batched_cfg
            is_cond = forward.label in CONDITIONAL if named else not predictions
            signal = pb.SIGNAL_COND if is_cond else pb.SIGNAL_UNCOND
            predictions[signal] = family.prediction_of(prediction)
        if self._last is not None:
            size = max(self._evaluation.batch_size, self._last.batch_size)
            self._evaluation.batch_size = size
            self._evaluation.shared |= self._last.shared

    def _started(self, latent_in: Tensor, rows: int) -> pb.Started:
        signals = [pb.SIGNAL_LATENT_IN, pb.SIGNAL_COND, pb.SIGNAL_CFG, pb.SIGNAL_LATENT_OUT]
        if self._cell.true_cfg_scale > 1:
            signals.insert(2, pb.SIGNAL_UNCOND)
        return pb.Started(
            run_id=self._run_id,
            cell_id=self._cell.cell_id,
            rows=rows,
            sigmas=[call.sigma for call in self._calls if call.evaluation == 0],
            timesteps=self._timesteps.tolist(),
            signals=signals,
            latent_shape=list(latent_in.shape),
            scheduler=self._scheduler_name,
            provenance=self._provenance,
        )

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        evaluation, self._evaluation = self._evaluation, None
        if evaluation is None:
            raise RuntimeError("the scheduler stepped without a forward of the transformer")
        prediction, latent_out = map(self._family.stepped_of, (prediction, latent_out))
        self.latents = latent_out
        signals = {
            pb.SIGNAL_LATENT_IN: evaluation.latent_in,
            **evaluation.predictions,
            pb.SIGNAL_CFG: prediction,
            pb.SIGNAL_LATENT_OUT: latent_out,
        }
        self._order = 0
        pairs = {pb.DIFFERENCE_LATENT: (latent_out, evaluation.latent_in)}
        for difference, signal in _FOLLOWED.items():
            if signal in signals and signal in self._previous:
                pairs[difference] = (signals[signal], self._previous[signal])
        self._previous = {s: signals[s] for s in _FOLLOWED.values() if s in signals}
        if not self._has_statistics:
            signals, pairs = {}, {}
        call = self._calls[self._calls_done]
        self._keep(signals, call)
        self._post(signals, pairs, call, evaluation)
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
        evaluation: Evaluation,
    ) -> None:
        by_frame = [self._by_frame(tensor) for tensor in signals.values()]
        later = [self._by_frame(a) for a, _ in pairs.values()]
        reference = [self._by_frame(b) for _, b in pairs.values()]
        # Where every token has a timestep of its own, those of a given picture are at 0.
        timestep = evaluation.timestep.amax()
        packed, per_frame = timestep.reshape(1, 1), 0
        if by_frame:
            per_frame = elements_per_frame(by_frame[0])
            packed = step_sums(timestep, by_frame, later, reference, self._reducers)
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
                timestep=float(table[0, 0]) * self._family.timestep_unit,
                seconds=seconds,
                batch_size=evaluation.batch_size,
                expert=evaluation.component if self._has_experts else "",
                shared=evaluation.shared,
            )
            rows = iter(table[1:].split([5] * len(signal_keys) + [4] * len(pair_keys)))
            for signal in signal_keys:
                step.signals.append(signal_message(signal, next(rows), per_frame))
            for difference in pair_keys:
                step.differences.append(pair_message(difference, next(rows), per_frame))
            self._emit(pb.RunResponse(step=step))

        self._deliveries.append(self._readback.deliver(packed, arrived))

    def _by_frame(self, signal: Tensor) -> Tensor:
        return self._family.layout(signal, self._family.latent_frames(self._cell))
