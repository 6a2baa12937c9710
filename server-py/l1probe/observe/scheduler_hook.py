"""The second hook, the scheduler's step: cfg (the guided prediction) and latent_out."""

from __future__ import annotations

import functools
from typing import Any

from torch import Tensor

from l1probe.observe.observer import current_observer, hook


def hook_scheduler(scheduler: Any) -> None:
    """Places the second hook; it also reports the schedule that was set."""
    stock: Any = type(scheduler)

    # Pipelines inspect both signatures to learn which arguments are understood.
    @functools.wraps(stock.set_timesteps)
    def set_timesteps(self: Any, *args: Any, **kwargs: Any) -> None:
        stock.set_timesteps(self, *args, **kwargs)
        if (observer := current_observer()) is not None:
            observer.on_schedule(self)

    @functools.wraps(stock.step)
    def step(self: Any, model_output: Tensor, *args: Any, **kwargs: Any) -> Any:
        output = stock.step(self, model_output, *args, **kwargs)
        if (observer := current_observer()) is not None:
            observer.on_step(model_output, output[0])
        return output

    hook(scheduler, {"set_timesteps": set_timesteps, "step": step})
