"""Wan2.2 text-to-video on a few channels: two experts."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanPipeline

from l1probe.random_models import wan_parts


def make(device: torch.device, transformer: torch.dtype, rest: torch.dtype) -> Any:
    """Boundary and shift are those of T2V-A14B."""
    experts = [wan_parts.transformer(device, transformer) for _ in range(2)]
    return wan_parts.pipeline(WanPipeline, experts, device, rest, shift=12.0, boundary_ratio=0.875)
