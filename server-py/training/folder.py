"""The model folder: what stock `DiffusionPipeline.from_pretrained` loads, and its record.

Beside diffusers' own files it holds `call_defaults.json` (keyword defaults for the pipeline's
call), `l1probe.json` (what the weights are, how they came about, what they can do) and the model
card README.md.
"""

import datetime
import json
import platform
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline

from .architecture import Architecture
from .architectures import ARCHITECTURES
from .hunyuan_video import HUNYUAN_VIDEO
from .text import MAX_TOKENS

LIMIT_BYTES = 14 * 2**20
CALL_DEFAULTS = "call_defaults.json"
RECORD = "l1probe.json"


def save(
    folder: Path, architecture: Architecture, autoencoder: Any, transformer: Any, encoders: Any
) -> None:
    """Write the pipeline in float16. Leaves the models in float16 too."""
    architecture.save(folder, autoencoder, transformer, encoders)
    _write_json(folder / CALL_DEFAULTS, {"max_sequence_length": MAX_TOKENS})


def load(folder: Path, device: torch.device) -> Any:
    """The stock pipeline in float32, silent."""
    # The text encoders keep their saved float16 by default, which is slow on a CPU.
    pipeline = DiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def call_defaults(folder: Path) -> dict[str, Any]:
    return _read_json(folder / CALL_DEFAULTS)


def size_in_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def new_record(
    *,
    architecture: str,
    recipe: str,
    trained: bool,
    commit: str | None,
    seed: int,
    device: torch.device,
    steps: dict[str, int],
    seconds: dict[str, float],
    parameters: dict[str, int],
) -> dict[str, Any]:
    """What `l1probe.json` says of a folder that has not been judged yet."""
    return {
        "weights": "bundled" if trained else "smoke",
        "trained": trained,
        "architecture": architecture,
        "licence": "Apache-2.0",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit,
        "recipe": recipe,
        "seed": seed,
        "machine": machine(device),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
        },
        "steps": steps,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "parameters": parameters,
        "figures": None,
    }


def machine(device: torch.device) -> str:
    if device.type == "cuda":
        return f"one {torch.cuda.get_device_name(device)}"
    return f"CPU, {torch.get_num_threads()} threads"


def read_record(folder: Path) -> dict[str, Any]:
    return _read_json(folder / RECORD)


def architecture(folder: Path) -> Architecture:
    """Of the model in a folder; the first record names none."""
    return ARCHITECTURES[read_record(folder).get("architecture", HUNYUAN_VIDEO.name)]


def write_record(folder: Path, record: dict[str, Any]) -> None:
    _write_json(folder / RECORD, record)


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
