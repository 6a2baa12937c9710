"""Make the bundled model: `python -m training --out models/tiny`, then evaluate it."""

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from . import card, folder, judge
from .architecture import Architecture
from .architectures import ARCHITECTURES
from .autoencoder import train_autoencoder
from .hunyuan_video import HUNYUAN_VIDEO
from .progress import log
from .recipe import FULL, SMOKE, Recipe
from .transformer import train_transformer


def make(
    out: Path,
    architecture: Architecture,
    recipe: Recipe,
    device: torch.device,
    seed: int,
    commit: str | None,
    kept: Path | None,
    graphs: bool = True,
) -> None:
    """Train everything and write the folder, its record and its card.

    `kept` holds the autoencoder's weights: they are loaded if the file exists, else trained and
    written there at once, so that a run that is cut off can go on from them.
    """
    began = time.perf_counter()
    torch.manual_seed(seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    generator = torch.Generator(device).manual_seed(seed)
    encoders = architecture.new_text().to(device)
    autoencoder = architecture.new_autoencoder(recipe.autoencoder)
    transformer = architecture.new_transformer(recipe.transformer)
    for part in (autoencoder, transformer):
        nn.Module.to(part, device)
    parts = {
        "autoencoder": autoencoder,
        "transformer": transformer,
        **encoders.parts(),
    }
    parameters = {name: _parameters(part) for name, part in parts.items()}
    log("parameters", parameters)

    steps: dict[str, int] = {}
    seconds: dict[str, float] = {}
    with architecture.faster(autoencoder, recipe.autoencoder.buckets[0], generator):
        if kept and kept.exists():
            autoencoder.load_state_dict(torch.load(kept, map_location=device))
        else:
            started = time.perf_counter()
            steps["autoencoder"] = train_autoencoder(autoencoder, recipe.autoencoder, generator)
            seconds["autoencoder"] = time.perf_counter() - started
            if kept:
                torch.save(autoencoder.state_dict(), kept)
        autoencoder.eval().requires_grad_(False)
        architecture.whiten(autoencoder, recipe.autoencoder, generator)

        started = time.perf_counter()
        steps["transformer"] = train_transformer(
            architecture, transformer, encoders, autoencoder, recipe.transformer, generator, graphs
        )
        seconds["transformer"] = time.perf_counter() - started
    seconds["all"] = time.perf_counter() - began

    folder.save(out, architecture, autoencoder, transformer, encoders)
    record = folder.new_record(
        architecture=architecture.name,
        recipe=recipe.name,
        trained=recipe.name == FULL.name,
        commit=commit,
        seed=seed,
        device=device,
        steps=steps,
        seconds=seconds,
        parameters=parameters,
    )
    folder.write_record(out, record)
    card.write(out)
    size = folder.size_in_bytes(out)
    log(f"wrote {out}, {size / 2**20:.2f} MiB, {steps} steps in {seconds['all']:.0f} s")
    if size > folder.LIMIT_BYTES:
        raise RuntimeError(f"{out} is {size} bytes; at most {folder.LIMIT_BYTES} are allowed")


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def head_commit() -> str | None:
    """The commit the training code is at, or None outside a repository."""
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        check=False,
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip() if asked.returncode == 0 else None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default=HUNYUAN_VIDEO.name)
    parser.add_argument("--smoke", action="store_true", help="a few steps, to try the code")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--autoencoder", type=Path, help="keep its weights here, or reuse them")
    parser.add_argument("--autoencoder-seconds", type=float, help="instead of the recipe's")
    parser.add_argument("--transformer-seconds", type=float, help="instead of the recipe's")
    parser.add_argument("--commit", help="of the training code, for the record")
    parser.add_argument("--no-graphs", action="store_true", help="launch every kernel by itself")
    parser.add_argument("--no-judge", action="store_true", help="do not judge the result")
    options = parser.parse_args(arguments)

    recipe = SMOKE if options.smoke else FULL
    for part in ("autoencoder", "transformer"):
        seconds = getattr(options, f"{part}_seconds")
        if seconds is not None:
            whole = getattr(recipe, part)
            budget = replace(whole.budget, seconds=seconds)
            recipe = replace(recipe, **{part: replace(whole, budget=budget)})
    device = torch.device(options.device)
    commit = options.commit or head_commit()
    architecture = ARCHITECTURES[options.architecture]
    make(
        options.out,
        architecture,
        recipe,
        device,
        options.seed,
        commit,
        options.autoencoder,
        not options.no_graphs,
    )
    if options.smoke or options.no_judge:
        return 0
    return judge.main([str(options.out), "--record", "--device", options.device])


if __name__ == "__main__":
    sys.exit(main())
