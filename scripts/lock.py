"""Writes server-py's three lock files from what is installed in the environment that runs it.

`make lock` runs it after the environment was made anew from pyproject's bounds.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

SERVER = Path(__file__).resolve().parent.parent / "server-py"
TORCH = ["torch"]
SERVE = [
    "diffusers",
    "transformers",
    "accelerate",
    "peft",
    "safetensors",
    "numpy",
    "pillow",
    "greenlet",
    "ftfy",
    "grpcio",
    "grpcio-health-checking",
    "grpcio-reflection",
    "grpcio-tools",
    "protobuf",
    "jaxtyping",
    "imageio",
    "imageio-ffmpeg",
]
DEV = [
    "pytest",
    "pytest-xdist",
    "pandas",
    "matplotlib",
    "hypothesis",
    "ruff",
    "import-linter",
    "scipy",
    "beartype",
    "types-grpcio",
    "types-protobuf",
    # Builds the wheel in the tests; torch needs it too, but only on some versions of Python.
    "setuptools",
]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


INSTALLED = {normal(d.metadata["Name"]): d for d in metadata.distributions()}


def closure(roots: list[str]) -> set[str]:
    """The roots and everything installed that they need, by normal name."""
    seen: set[str] = set()
    todo = [normal(root) for root in roots]
    while todo:
        name = todo.pop()
        if name in seen or name not in INSTALLED:
            continue
        seen.add(name)
        for text in INSTALLED[name].requires or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                todo.append(normal(needed.name))
    return seen


def write(file: str, comment: str, names: set[str]) -> None:
    # A local build tag such as +cpu names no release.
    lines = [f"{name}=={INSTALLED[name].version.split('+')[0]}" for name in sorted(names)]
    (SERVER / file).write_text("\n".join([f"# {comment}", "# Remake: make lock", *lines, ""]))


def main() -> None:
    torch, serve, dev = closure(TORCH), closure(SERVE), closure(DEV)
    write(
        "requirements-torch.lock",
        "torch and what it needs; left out where PYTHON already has torch >= 2.9.",
        torch,
    )
    write("requirements.lock", "What the server needs beside torch.", serve - torch)
    write(
        "requirements-dev.lock",
        "What the server's checks need.",
        (dev - serve - torch) | {normal(name) for name in DEV},
    )


if __name__ == "__main__":
    main()
