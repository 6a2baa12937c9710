"""Default schedules whose shift depends on how many tokens the latents have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def preset_or_shift(
    preset: str, configured: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], str]:
    """Makes a function from a scheduler's configuration to the client's spec of its schedule.

    Args:
        preset: the client's name of the dynamic shift that `configured` describes, without the
            size, which depends on the cell.
        configured: the settings that identify the preset.

    Returns:
        A function that returns the preset; the static shift, stretched to the configured terminal
        sigma; or "" for any other dynamic shift.
    """

    def read(config: Mapping[str, Any]) -> str:
        if config.get("use_dynamic_shifting"):
            same = all(config.get(name) == value for name, value in configured.items())
            return preset if same else ""
        shift, terminal = config.get("shift", 1.0), config.get("shift_terminal")
        shifted = "linear" if shift == 1 else f"shift:{shift:g}"
        return f"stretch:{terminal:g}+{shifted}" if terminal else shifted

    return read
