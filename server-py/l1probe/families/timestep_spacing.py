"""Default schedules of models trained at whole timesteps: how their scheduler spaces them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def spacing(config: Mapping[str, Any]) -> str:
    """A scheduler's `timestep_spacing` in the client's short form (arXiv:2305.08891, table 2)."""
    found = str(config.get("timestep_spacing", ""))
    return {
        "trailing": "trailing",
        "leading": f"leading:offset={config.get('steps_offset', 0)}",
        "linspace": "linspace",
    }.get(found, "")
