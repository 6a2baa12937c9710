"""Default schedules of models trained at whole timesteps, from their scheduler's spacing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def spacing(config: Mapping[str, Any]) -> str:
    """A scheduler's `timestep_spacing` as the client's spec (arXiv:2305.08891, table 2)."""
    found = str(config.get("timestep_spacing", ""))
    return {
        "trailing": "trailing",
        "leading": f"leading:offset={config.get('steps_offset', 0)}",
        "linspace": "linspace",
    }.get(found, "")
