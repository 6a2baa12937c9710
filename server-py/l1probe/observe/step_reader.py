"""From signals on the device to a step on the host, without stalling either."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from l1probe.families.family import Family
from l1probe.observe.readback import Readback
from l1probe.observe.signals import Signals
from l1probe.observe.statistics import (
    EAGER,
    Reducers,
    elements_per_frame,
    read_step_sums,
    step_sums,
)
from l1probe.records.step import Step
from l1probe.samplers import SolverCall


@dataclass(frozen=True)
class StepContents:
    """What the steps of a run carry.

    Attributes:
        sums: of signals and differences; without them a step only says what ran.
        frame_sums: per latent frame too.
        expert: the name of the transformer that ran.
    """

    sums: bool = True
    frame_sums: bool = True
    expert: bool = False


class StepReader:
    """Reduces each step's signals on the device and emits the step once its sums have arrived.

    Args:
        readback: brings sums to the host; `emit` is called on its thread.
        family: where a signal's latent frames are.
        latent_frames: of the clip.
        emit: takes the steps, in order.
        contents: of each step.
        reducers: eager or compiled.
    """

    def __init__(
        self,
        readback: Readback,
        family: Family,
        latent_frames: int,
        emit: Callable[[Step], None],
        contents: StepContents,
        reducers: Reducers = EAGER,
    ) -> None:
        self._readback = readback
        self._family = family
        self._latent_frames = latent_frames
        self._emit = emit
        self._contents = contents
        self._reducers = reducers
        self._deliveries: list[Future[None]] = []
        self._clock = time.perf_counter()

    def deliver(
        self, values: Float[Tensor, ...], callback: Callable[[Float[Tensor, ...]], None]
    ) -> None:
        """Calls `callback` with `values` on the host, in order with the steps."""
        self._deliveries.append(self._readback.deliver(values, callback))

    def drain(self) -> None:
        """Waits until every step was emitted; raises what went wrong on the way."""
        deliveries, self._deliveries = self._deliveries, []
        for delivery in deliveries:
            delivery.result()

    def post(self, call: SolverCall, signals: Signals, true_cfg_scale: float) -> None:
        """Queues the reduction and the delivery of one step, which ran with this scale."""
        evaluation, family, contents = signals.evaluation, self._family, self._contents
        tensors, pairs = (signals.tensors, signals.pairs) if contents.sums else ({}, {})
        by_frame = [self._by_frame(tensor) for tensor in tensors.values()]
        later = [self._by_frame(a) for a, _ in pairs.values()]
        reference = [self._by_frame(b) for _, b in pairs.values()]
        # If every token has its own timestep, those of a conditioning image are at 0.
        timestep = evaluation.timestep.amax()
        packed, per_frame = timestep.reshape(1, 1), 0
        if by_frame:
            per_frame = elements_per_frame(by_frame[0])
            packed = step_sums(timestep, by_frame, later, reference, self._reducers)
        signal_names, difference_names = list(tensors), list(pairs)

        def arrived(values: Float[Tensor, "rows frames"]) -> None:
            now = time.perf_counter()
            seconds, self._clock = now - self._clock, now
            sums = read_step_sums(
                values, signal_names, difference_names, per_frame, contents.frame_sums
            )
            self._emit(
                Step(
                    step=call.step,
                    evaluation=call.evaluation,
                    sigma=call.sigma,
                    sigma_next=call.sigma_next,
                    timestep=_as_float32(family.training_timestep(sums.head)),
                    signals=sums.signals,
                    differences=sums.differences,
                    seconds=seconds,
                    batch_size=evaluation.batch_size,
                    expert=evaluation.component if contents.expert else "",
                    shared=evaluation.shared,
                    true_cfg_scale=true_cfg_scale,
                )
            )

        self.deliver(packed, arrived)

    def _by_frame(self, signal: Tensor) -> Tensor:
        return self._family.layout(signal, self._latent_frames)


def _as_float32(value: float) -> float:
    return torch.tensor(value, dtype=torch.float32).item()
