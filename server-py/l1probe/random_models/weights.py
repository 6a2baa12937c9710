"""How untrained weights are made: in place, in their dtype, from one seed."""

from __future__ import annotations

from contextlib import contextmanager

import torch
from torch import nn

SEED = 0


@contextmanager
def made_on(device: torch.device, dtype: torch.dtype):
    """Modules built inside have their weights on `device` in `dtype`."""
    # Making weights in place spares a float32 copy that would not fit beside them.
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            yield
    finally:
        torch.set_default_dtype(before)


def as_loaded(model: nn.Module, dtype: torch.dtype) -> None:
    """Casts a float32 model as `from_pretrained(dtype=…)` does, which keeps some parts in float32.

    Wan, for one, embeds its timesteps in float32 whatever else is in bfloat16.
    """
    kept = set(getattr(model, "_keep_in_fp32_modules", None) or ())
    for name, parameter in model.named_parameters():
        if not kept & set(name.split(".")):
            parameter.data = parameter.data.to(dtype)
