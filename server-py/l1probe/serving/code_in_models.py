"""Refuses models whose files can run code when they are loaded: pickles, and Python modules."""

from __future__ import annotations

import json
from pathlib import Path

from l1probe.serving.model_name import CannotLoad

#: Formats of torch.save, which are Python's pickle.
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def refuse_code(model: str, folder: Path) -> None:
    """Checks every component of a diffusers folder.

    Raises:
        CannotLoad: one has its weights as a pickle only, or a class of its own.
    """
    index = json.loads((folder / "model_index.json").read_text())
    for name in index:
        files = sorted((folder / name).glob("*"))
        pickles = [file.name for file in files if file.suffix in _PICKLES]
        if pickles and not any(file.suffix == ".safetensors" for file in files):
            raise CannotLoad(
                f"--model {model} has the weights of {name} only as {pickles[0]}, a format that "
                "can run code when it is read; convert it to .safetensors"
            )
        modules = [file.name for file in files if file.suffix == ".py"]
        if modules:
            raise CannotLoad(
                f"--model {model} has code of its own for {name} ({modules[0]}), which the server "
                "does not run; give a model of diffusers' own classes"
            )
