"""Default schedules whose shift depends on how many tokens the latents have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def preset_or_shift(
    preset: str, configured: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], str]:
    """Reads a scheduler's configuration as one of the client's short forms.

    Args:
        preset: the client's name of the dynamic shift that `configured` describes; it lacks the
            size, which is a cell's.
        configured: what a configuration must have to be that preset.

    Returns:
        The preset; the static shift of a configuration that has one, stretched to its terminal
        sigma; or "" for a dynamic shift that is not the preset's.
    """

    def read(config: Mapping[str, Any]) -> str:
        if config.get("use_dynamic_shifting"):
            same = all(config.get(name) == value for name, value in configured.items())
            return preset if same else ""
        shift, terminal = config.get("shift", 1.0), config.get("shift_terminal")
        shifted = "linear" if shift == 1 else f"shift:{shift:g}"
        return f"stretch:{terminal:g}+{shifted}" if terminal else shifted

    return read
