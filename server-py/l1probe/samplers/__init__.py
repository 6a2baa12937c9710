"""The registry of samplers: one file and one line here for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxtyping import Float32
from torch import Tensor

from l1probe.samplers.ddim import make_ddim
from l1probe.samplers.deis import Deis2, Deis3
from l1probe.samplers.dpmpp_2m import Dpmpp2M
from l1probe.samplers.dpmpp_sde import DpmppSde
from l1probe.samplers.euler import Euler
from l1probe.samplers.euler_stochastic import EulerStochastic
from l1probe.samplers.heun import Heun
from l1probe.samplers.unipc import UniPC
from l1probe.samplers.verbatim import SolverCall, sigmas_float32
from l1probe.samplers.verification import SigmasNotVerbatim, what_runs

#: Maps a name on the wire to a scheduler class, constructed from sigmas, a seed and the model's own
#: scheduler configuration. `Family.samplers` says which of them fit what a model predicts.
SAMPLERS: dict[str, Callable[[Float32[Tensor, " steps"], int, Mapping[str, Any]], Any]] = {
    "euler": Euler,
    "euler-stochastic": EulerStochastic,
    "heun": Heun,
    "dpm++2m": Dpmpp2M,
    "dpm++sde": DpmppSde,
    "unipc": UniPC,
    "deis": Deis2,
    "deis3": Deis3,
    "ddim": make_ddim,
}


def make_scheduler(
    sampler: str, sigmas: Sequence[float], seed: int, model: Mapping[str, Any] | None = None
) -> Any:
    """A scheduler of the named sampler that will run exactly `sigmas` and then 0.

    Args:
        sampler: a key of SAMPLERS.
        sigmas: strictly decreasing in (0, 1], also as float32.
        seed: the cell's; only stochastic samplers use it, see samplers/noise.py.
        model: the configuration of the model's own scheduler; only ddim needs it, for the noise
            schedule of the model's training.
    """
    return SAMPLERS[sampler](sigmas_float32(sigmas), seed, model or {})


def stock_name(scheduler: Any) -> str:
    """The name of the diffusers class that a scheduler is or derives from."""
    for base in type(scheduler).__mro__:
        if base.__module__.startswith("diffusers."):
            return base.__name__
    raise TypeError(f"{type(scheduler).__name__} derives from no scheduler of diffusers")


__all__ = [
    "SAMPLERS",
    "SigmasNotVerbatim",
    "SolverCall",
    "make_scheduler",
    "sigmas_float32",
    "stock_name",
    "what_runs",
]
