"""One cell under observation: both hooks feed its signals, and its steps are emitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from l1probe.families import Cell, Family
from l1probe.observe.forward import Answer, Forward, Output
from l1probe.observe.guidance import Guidance
from l1probe.observe.plan import Plan
from l1probe.observe.signals import SignalCapture
from l1probe.observe.step_reader import StepReader
from l1probe.records.step import SIGNALS
from l1probe.samplers import SolverCall


@dataclass(frozen=True)
class Started:
    """What is about to run, known at the first forward.

    Attributes:
        sigmas: one per step, as the scheduler has them.
        timesteps: one per evaluation.
        signals: names that the steps will have.
        latent_shape: as the transformer sees it.
        scheduler: diffusers' class that steps.
        rows: this cell's own samples in a forward: two with batched CFG, otherwise one.
    """

    sigmas: tuple[float, ...]
    timesteps: tuple[float, ...]
    signals: tuple[str, ...]
    latent_shape: tuple[int, ...]
    scheduler: str
    rows: int


def _nothing(*arguments: object) -> None:
    """For what nobody wants to know."""


class Probe:
    """Observes one sampling loop; an :class:`l1probe.observe.observer.Observer`.

    Args:
        cell: what runs.
        family: how signals are read from the pipeline's tensors.
        plan: what the scheduler will run.
        reader: turns signals into steps.
        answer: runs a forward, alone or with others.
        on_start: called once, at the first forward.
        interrupt: called at each hook; raising there stops the cell within one step.
        on_signals: takes the full tensors of each evaluation, for example to save them.
        guidance: of a cell whose scale of true CFG changes.
    """

    def __init__(
        self,
        cell: Cell,
        family: Family,
        plan: Plan,
        reader: StepReader,
        answer: Callable[[Forward], Answer],
        on_start: Callable[[Started], None] = _nothing,
        interrupt: Callable[[], None] = _nothing,
        on_signals: Callable[[SolverCall, Mapping[str, Tensor]], None] = _nothing,
        guidance: Guidance | None = None,
    ) -> None:
        self.upcasts = cell.solver_state == "float32"
        #: After the last step so far.
        self.latents: Tensor | None = None
        self._cell = cell
        self._plan = plan
        self._reader = reader
        self._answer = answer
        self._on_start = on_start
        self._interrupt = interrupt
        self._on_signals = on_signals
        self._guidance = guidance
        self._first_step = cell.first_step
        self._capture = SignalCapture(family)
        self._calls_done = 0
        self._forwards = 0
        self._last: Answer | None = None
        self._leaves_out = False
        self._has_started = False

    @property
    def steps_done(self) -> int:
        """Steps of which at least one evaluation was emitted."""
        return self._plan.calls[self._calls_done - 1].step + 1 if self._calls_done else 0

    def on_schedule(self, scheduler: Any) -> None:
        # Reading it at once would wait for all that the device has queued. The copy on the host
        # was compared before, and this comparison can still fail the cell.
        timesteps = scheduler.timesteps
        sigmas = scheduler.sigmas.to(timesteps.device, torch.float32)
        self._reader.deliver(torch.cat((timesteps, sigmas)), self._plan.check)

    def compute(self, forward: Forward) -> Output:
        self._interrupt()
        cell = self._cell
        if self._guidance is not None:
            call = self._plan.calls[self._calls_done]
            self._guidance.enter(call.step, forward.component)
            # uncond + 1·(cond − uncond) is cond, whatever uncond is.
            self._leaves_out = self._guidance.scale == 1 and self._capture.has_cond
            if self._leaves_out and self._last is not None:
                # A copy, since a pipeline may write into its output.
                return tuple(tensor.clone() for tensor in self._last.output)
        forward = replace(forward, size=(cell.height, cell.width, cell.frames))
        if not self._calls_done:
            way = forward.label or self._forwards
            forward = replace(forward, same_as=(self._first_step, forward.component, way))
        self._forwards += 1
        answer = self._answer(forward)
        self._interrupt()
        self._last = answer
        return answer.output

    def on_forward(
        self, forward: Forward, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        if self._leaves_out:
            return
        evaluation = self._capture.on_forward(forward, latent_in, timestep, prediction, self._last)
        if not self._has_started:
            self._has_started = True
            self._on_start(
                Started(
                    sigmas=self._plan.step_sigmas,
                    timesteps=tuple(map(float, self._plan.timesteps)),
                    signals=tuple(
                        name
                        for name in SIGNALS
                        if name != "uncond" or self._cell.true_cfg_scale > 1
                    ),
                    latent_shape=tuple(evaluation.latent_in.shape),
                    scheduler=self._plan.scheduler,
                    rows=forward.rows,
                )
            )

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        scale = self._cell.true_cfg_scale
        if self._guidance is not None:
            self._guidance.leave()
            scale, self._leaves_out = self._guidance.scale, False
        signals = self._capture.on_step(prediction, latent_out)
        if "uncond" not in signals.tensors:
            scale = 1.0
        self.latents = signals.tensors["latent_out"]
        self._forwards = 0
        call = self._plan.calls[self._calls_done]
        self._on_signals(call, signals.tensors)
        self._reader.post(call, signals, scale)
        self._calls_done += 1
        self._interrupt()
