"""Measures the sampling loop of video diffusion models, step by step.

:func:`observe` measures a stock diffusers pipeline in this process; `l1probe.serving` does so
behind gRPC. :func:`read` returns a sweep's record as a DataFrame. Importing this package imports
neither torch nor gRPC.
"""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

# The function, though the room that it comes from has the same name; import that room's modules
# with `from l1probe.observe.NAME import ...`.
from l1probe.observe import observe
from l1probe.records import read


def _version() -> str:
    """package.json's version in a checkout, otherwise that of the installed package."""
    manifest = Path(__file__).resolve().parents[2] / "package.json"
    if manifest.is_file():
        found = json.loads(manifest.read_text(encoding="utf-8"))
        if found.get("name") == "l1probe":
            return found["version"]
    return metadata.version("l1probe")


__version__ = _version()

__all__ = ["__version__", "observe", "read"]
