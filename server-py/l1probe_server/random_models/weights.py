"""How untrained weights are made: in place, in their dtype, from one seed."""

from __future__ import annotations

from contextlib import contextmanager

import torch

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
