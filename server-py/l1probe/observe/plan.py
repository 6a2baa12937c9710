"""What a scheduler will run: read before the loop, and verified where a schedule was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from l1probe.families.family import Family, UnsupportedPipeline
from l1probe.samplers import (
    SigmasNotVerbatim,
    SolverCall,
    sigmas_float32,
    stock_name,
    what_runs,
)
from l1probe.samplers.verbatim import TRAIN_TIMESTEPS


@dataclass(frozen=True, eq=False)
class Plan:
    """The calls that a sampling loop will make of its solver.

    Attributes:
        calls: one per evaluation.
        timesteps: one per evaluation, on the host.
        sigmas: as the scheduler has them, terminal value included, float32 on the host.
        scheduler: diffusers' class that steps.
    """

    calls: tuple[SolverCall, ...]
    timesteps: Tensor
    sigmas: Tensor
    scheduler: str

    @property
    def step_sigmas(self) -> tuple[float, ...]:
        """One sigma per step, without the terminal 0."""
        return tuple(call.sigma for call in self.calls if call.evaluation == 0)

    def check(self, ran: Float[Tensor, " values"]) -> None:
        """Compares the plan with a scheduler's timesteps and sigmas, concatenated, on the host.

        Raises:
            SigmasNotVerbatim: they differ in a bit.
        """
        if not torch.equal(ran, torch.cat((self.timesteps, self.sigmas))):
            raise SigmasNotVerbatim(
                f"the scheduler ran {ran.tolist()} (timesteps, then sigmas), "
                f"not {self.timesteps.tolist()} and {self.sigmas.tolist()}"
            )


def verified_plan(scheduler: Any, sigmas: tuple[float, ...]) -> Plan:
    """Plans a scheduler of :mod:`l1probe.samplers` on the host, before anything is evaluated.

    Raises:
        SigmasNotVerbatim: it would run sigmas other than float32(`sigmas`).
    """
    scheduler.set_timesteps(device="cpu")
    calls = what_runs(scheduler, sigmas_float32(sigmas))
    return Plan(
        calls=tuple(calls),
        timesteps=scheduler.timesteps.clone(),
        sigmas=scheduler.sigmas.to(torch.float32, copy=True),
        scheduler=stock_name(scheduler),
    )


def stock_plan(scheduler: Any, family: Family) -> Plan:
    """Reads what a pipeline's own scheduler will run, once its timesteps are set.

    σ is the scheduler's own, or (t + 1)/1000 for a model at whole training timesteps, or 1 minus
    the scheduler's own if it counts from data to noise (`invert_sigmas`).

    Raises:
        UnsupportedPipeline: the scheduler does not have one sigma per evaluation and a last one.
    """
    timesteps = scheduler.timesteps.detach().to("cpu", copy=True)
    if family.whole_timesteps:
        at = ((timesteps.to(torch.float64) + 1) / TRAIN_TIMESTEPS).to(torch.float32)
        sigmas = torch.cat([at, at.new_zeros(1)])
    else:
        own = getattr(scheduler, "sigmas", torch.empty(0))
        sigmas = own.detach().to("cpu", torch.float32, copy=True)
        if scheduler.config.get("invert_sigmas"):
            sigmas = 1 - sigmas
    if len(sigmas) != len(timesteps) + 1:
        raise UnsupportedPipeline(
            f"{stock_name(scheduler)} has {len(sigmas)} sigmas for {len(timesteps)} timesteps, so "
            "the sigma of each step is unknown; give observe(..., sigmas=[...]) a schedule"
        )
    bounds, order = sigmas.tolist(), int(getattr(scheduler, "order", 1))
    calls = [
        SolverCall(k // order, k % order, bounds[k], bounds[k + 1]) for k in range(len(timesteps))
    ]
    return Plan(tuple(calls), timesteps, sigmas, stock_name(scheduler))
