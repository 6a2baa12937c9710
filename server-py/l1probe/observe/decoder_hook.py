"""A VAE of low precision after a float32 solver state."""

from __future__ import annotations

import functools
from typing import Any

from torch import Tensor, nn

from l1probe.observe.observer import current_observer, hook


def hook_decoder(vae: nn.Module) -> None:
    """Casts the float32 latents that an upcasting observer leaves to the VAE's own dtype.

    Several pipelines pass the solver's state to the decoder as it is.
    """
    stock: Any = type(vae)

    @functools.wraps(stock.decode)
    def decode(self: Any, latents: Tensor, *args: Any, **kwargs: Any) -> Any:
        observer = current_observer()
        if observer is not None and observer.upcasts:
            latents = latents.to(self.dtype)
        return stock.decode(self, latents, *args, **kwargs)

    hook(vae, {"decode": decode})
