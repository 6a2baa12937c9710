"""Compares what a scheduler will run, read from its own arrays, with what was sent."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float32
from torch import Tensor

from l1probe.samplers.verbatim import SolverCall


class SigmasNotVerbatim(Exception):
    """The scheduler would run other sigmas than those sent."""


def what_runs(scheduler: Any, sent: Float32[Tensor, " steps"]) -> list[SolverCall]:
    """Every solver call that a scheduler of this package will make, once it is set up.

    Raises:
        SigmasNotVerbatim: the sigmas that its `step` reads are not `sent` bit for bit and then
            0, repeated only where a step evaluates again; or a timestep is not 1000σ in float32
            (for whole timesteps, the one that σ stands for).
    """
    # float64 holds every float32, so nothing is rounded on the way to the comparison.
    solver = scheduler.sigmas.detach().to("cpu", torch.float64)
    wanted = torch.cat([sent, sent.new_zeros(1)]).to(torch.float64)
    if not torch.equal(solver.unique_consecutive(), wanted):
        raise SigmasNotVerbatim(
            f"the scheduler would run {solver.tolist()}, not the {len(sent)} sigmas sent"
        )
    calls: list[SolverCall] = scheduler.calls()
    bounds = wanted.tolist()
    starts = [call.sigma for call in calls if call.evaluation == 0]
    if starts != bounds[:-1] or any(call.sigma_next != bounds[call.step + 1] for call in calls):
        raise SigmasNotVerbatim(f"the scheduler would make {calls}, not the {len(sent)} steps sent")
    timesteps = scheduler.timesteps.detach().to("cpu")
    evaluated_at = scheduler.timesteps_at(torch.tensor([c.sigma for c in calls]))
    if timesteps.dtype != evaluated_at.dtype or not torch.equal(timesteps, evaluated_at):
        raise SigmasNotVerbatim(
            f"the scheduler would evaluate the model at the timesteps {timesteps.tolist()}, "
            f"not at {evaluated_at.tolist()}"
        )
    return calls
