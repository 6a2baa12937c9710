"""What a model folder can do: `python -m training.judge FOLDER [--quick]`.

Prints tables, writes the figures as JSON on request, and exits 1 if a promise is not kept:

- reconstruction: PSNR of drawn clips through the autoencoder, whole and in the shape's region;
- prompts: clips made from captions of held-out combinations, read back by `reading.py`;
- curves: rel-L1 of the conditional prediction from step to step, sum|v_k - v_k-1| / sum|v_k-1|;
- distances (on request): final latents against those of 500 steps, by steps and shift.
"""

import argparse
import inspect
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from jaxtyping import Float
from torch import Tensor

from . import card, world
from . import folder as model_folder
from .architecture import Architecture
from .autoencoder import psnr, reconstruct
from .progress import log
from .reading import read
from .world import ClipSize, Scene

Figures = dict[str, Any]

USUAL = ClipSize(9, 64, 64)
OTHER_SIZES = (
    ClipSize(1, 64, 64),
    ClipSize(5, 64, 64),
    ClipSize(13, 64, 64),
    ClipSize(17, 64, 64),
    ClipSize(33, 64, 64),
    ClipSize(9, 80, 80),
    ClipSize(9, 96, 96),
    ClipSize(17, 96, 96),
    ClipSize(9, 64, 96),
    ClipSize(9, 96, 64),
)
ATTRIBUTES = ("colour", "shape", "direction", "background")
CFG = 3.0  # true_cfg_scale of the judged setting, with an empty negative prompt
STEPS = 20
SHIFT = 7.0
OTHER_SEED = 700  # of the noise at the other sizes
MOST_AT_ONCE = 16  # clips in one call of the pipeline

# The promises, beside an architecture's PSNR: each attribute's share of right clips at the judged
# setting, the share of clips with all four right at other sizes, and how far both ends of the
# curve rise.
LEAST_RIGHT = 0.97
LEAST_USABLE = 0.85
LEAST_RISE = 3.0  # times the minimum


# --- sampling -----------------------------------------------------------------------------------


def sample(
    pipeline: Any,
    defaults: dict[str, Any],
    scenes: list[Scene[int]],
    size: ClipSize,
    *,
    steps: int = STEPS,
    shift: float = SHIFT,
    cfg: float = CFG,
    seed: int = 100,
    latent: bool = False,
) -> Tensor:
    """Clips (n, t, 3, h, w) in [0, 1], or latents (n, 16, t, h, w), one for each scene's caption.

    Scene k starts from the noise of seed + k, drawn on the CPU so that it is the same everywhere.
    """
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    results = []
    for first in range(0, len(scenes), MOST_AT_ONCE):
        captions = [world.caption(scene) for scene in scenes[first : first + MOST_AT_ONCE]]
        seeds = range(seed + first, seed + first + len(captions))
        guidance: dict[str, Any] = {_scale_of_cfg(pipeline): cfg}
        if cfg > 1:
            guidance["negative_prompt"] = [""] * len(captions)
        output: Any = pipeline(
            prompt=captions,
            **guidance,
            num_frames=size.frames,
            height=size.height,
            width=size.width,
            num_inference_steps=steps,
            generator=[torch.Generator().manual_seed(s) for s in seeds],
            output_type="latent" if latent else "pt",
            **defaults,
        )
        results.append(torch.as_tensor(output.frames).cpu())
    return torch.cat(results)


def _scale_of_cfg(pipeline: Any) -> str:
    """What the pipeline's call names the scale of true classifier-free guidance."""
    names = inspect.signature(type(pipeline).__call__).parameters
    return "true_cfg_scale" if "true_cfg_scale" in names else "guidance_scale"


@contextmanager
def predictions(pipeline: Any) -> Iterator[list[Tensor]]:
    """Collect every output of the transformer, in the order of the calls."""
    outputs: list[Tensor] = []
    hook = pipeline.transformer.register_forward_hook(
        lambda _module, _inputs, output: outputs.append(output[0].float())
    )
    try:
        yield outputs
    finally:
        hook.remove()


# --- the four judgements ------------------------------------------------------------------------


def judge_reconstruction(pipeline: Any, size: ClipSize, count: int, seed: int = 4) -> Figures:
    generator = torch.Generator(pipeline.device).manual_seed(seed)
    decoded, clips = reconstruct(pipeline.vae, size, count, generator)
    whole, region = psnr(decoded, clips)
    return {"clips": count, "psnr": round(whole, 2), "region_psnr": round(region, 2)}


def score(clips: Float[Tensor, "n t 3 h w"], scenes: list[Scene[int]]) -> Figures:
    """Shares of clips that show what their scenes say, by attribute and for all four."""
    readings = [read(clip) for clip in clips]
    still = clips.shape[1] == 1
    verdicts = [r.agrees(scene, still) for r, scene in zip(readings, scenes, strict=True)]
    shares = {name: _share(verdict[name] for verdict in verdicts) for name in ATTRIBUTES}
    return {
        "clips": len(scenes),
        **shares,
        "all": _share(all(verdict.values()) for verdict in verdicts),
        "overlap": round(sum(r.overlap for r in readings) / len(readings), 3),
        "colour_error": round(sum(r.colour_error for r in readings) / len(readings), 3),
    }


def _share(truths: Any) -> float:
    values = [bool(truth) for truth in truths]
    return round(sum(values) / len(values), 4)


def judge_curve(
    pipeline: Any,
    defaults: dict[str, Any],
    scenes: list[Scene[int]],
    *,
    steps: int,
    shift: float,
    cfg: float,
) -> Figures:
    """Mean over the scenes of the conditional prediction's rel-L1, steps 1 to steps - 1."""
    if len(scenes) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} scenes, to stay within one call")
    setting: dict[str, Any] = {"shift": shift, "cfg": cfg}
    with predictions(pipeline) as outputs:
        sample(pipeline, defaults, scenes, USUAL, steps=steps, seed=300, latent=True, **setting)
    # With CFG the pipeline computes the conditional prediction first, then the unconditional one.
    velocity = torch.stack(outputs[:: 2 if cfg > 1 else 1]).flatten(2)
    change = (velocity[1:] - velocity[:-1]).abs().sum(dim=2)
    curve = (change / velocity[:-1].abs().sum(dim=2)).mean(dim=1)
    return {
        "prompts": len(scenes),
        "first": round(float(curve[0]), 4),
        "minimum": round(float(curve.min()), 4),
        "minimum_step": 1 + int(curve.argmin()),
        "last": round(float(curve[-1]), 4),
        "maximum": round(float(curve.max()), 4),
        "values": [round(value, 5) for value in curve.tolist()],
    }


def judge_distances(
    pipeline: Any, defaults: dict[str, Any], scenes: list[Scene[int]], cfg: float
) -> Figures:
    """Relative L2 distance of final latents from those of 500 steps at shift 3."""

    def latents(steps: int, shift: float) -> Tensor:
        setting: dict[str, Any] = {"steps": steps, "shift": shift, "cfg": cfg, "seed": 500}
        return sample(pipeline, defaults, scenes, USUAL, latent=True, **setting).flatten(1)

    exact = latents(500, 3.0)
    table: Figures = {}
    for steps in (5, 10, 20):
        for shift in (1.0, 3.0, 5.0, 7.0, 17.0):
            distance = (latents(steps, shift) - exact).norm(dim=1) / exact.norm(dim=1)
            table[f"steps {steps} shift {shift:g}"] = round(float(distance.mean()), 4)
    return table


# --- everything ---------------------------------------------------------------------------------


def judge(folder: Path, device: torch.device, *, quick: bool, distances: bool = False) -> Figures:
    """All figures of a folder. `quick` takes fewer clips and the usual size only."""
    pipeline = model_folder.load(folder, device)
    defaults = model_folder.call_defaults(folder)
    figures: Figures = {
        "quick": quick,
        "judged_on": model_folder.machine(device),
        "reconstruction": {},
        "prompts": {},
        "curves": {},
    }

    def reconstruction(size: ClipSize) -> None:
        name = str(size)
        figures["reconstruction"][name] = judge_reconstruction(pipeline, size, 16 if quick else 48)
        log("reconstruction", name, figures["reconstruction"][name])

    def prompts(size: ClipSize, scenes: list[Scene[int]], **options: Any) -> None:
        name = setting_name(size, **options)
        clips = sample(pipeline, defaults, scenes, size, **options)
        figures["prompts"][name] = score(clips, scenes)
        log("prompts", name, figures["prompts"][name])

    def curve(steps: int, shift: float, cfg: float) -> None:
        name = f"cfg {cfg:g} steps {steps} shift {shift:g}"
        scenes = world.held_out_scenes(8 if quick else 16, seed=9)
        found = judge_curve(pipeline, defaults, scenes, steps=steps, shift=shift, cfg=cfg)
        figures["curves"][name] = found
        log("curve", name, {key: value for key, value in found.items() if key != "values"})

    reconstruction(USUAL)
    prompts(USUAL, world.held_out_scenes(16 if quick else 64, seed=5))
    for cfg in (1.0, CFG):
        curve(50, 1.0, cfg)
        curve(10, 1.0, cfg)
        curve(10, 7.0, cfg)
    if not quick:
        for size in OTHER_SIZES:
            reconstruction(size)
            prompts(size, world.held_out_scenes(32, seed=21), seed=OTHER_SEED)
        usual = world.held_out_scenes(64, seed=5)
        for options in ({"cfg": 1.0}, {"steps": 30}, {"shift": 3.0}, {"shift": 1.0}, {"steps": 10}):
            prompts(USUAL, usual, **options)
    if distances:
        figures["distances"] = {
            f"cfg {cfg:g}": judge_distances(
                pipeline, defaults, world.held_out_scenes(16, seed=11), cfg
            )
            for cfg in (1.0, CFG)
        }
    return figures


def setting_name(size: ClipSize, **options: float) -> str:
    """How a setting of `prompts` is called in the figures."""
    named = {"cfg": CFG, "steps": STEPS, "shift": SHIFT} | options
    return f"{size} " + " ".join(f"{key} {value:g}" for key, value in named.items())


def shortfalls(figures: Figures, architecture: Architecture) -> list[str]:
    """The promises that the figures do not keep, in words; none if all is well."""
    found = []

    def promise(kept: bool, text: str) -> None:
        if not kept:
            found.append(text)

    whole, region = architecture.least_psnr
    pictures = figures["reconstruction"][str(USUAL)]
    promise(pictures["psnr"] >= whole, f"PSNR {pictures['psnr']} < {whole} dB")
    promise(
        pictures["region_psnr"] >= region,
        f"PSNR in the shape's region {pictures['region_psnr']} < {region} dB",
    )
    usual = figures["prompts"][setting_name(USUAL)]
    for name in ATTRIBUTES:
        promise(usual[name] >= LEAST_RIGHT, f"{name} right in {usual[name]:.1%} of clips")
    for size in () if figures["quick"] else OTHER_SIZES:
        share = figures["prompts"][setting_name(size, seed=OTHER_SEED)]["all"]
        promise(share >= LEAST_USABLE, f"{size}: all right in {share:.1%} of clips only")
    for cfg in (1.0, CFG):
        found += curve_shortfalls(figures["curves"], cfg)
    return found


def curve_shortfalls(curves: Figures, cfg: float) -> list[str]:
    """As `shortfalls`, for the curves: the field's U, and that shift 7 lowers the maximum."""
    name = f"cfg {cfg:g} steps 50 shift 1"
    curve = curves[name]
    found = []
    if not 0.1 <= curve["minimum_step"] / 50 <= 0.9:
        found.append(f"{name}: the minimum is at an end, step {curve['minimum_step']}")
    found += [
        f"{name}: {end} {curve[end]} is less than {LEAST_RISE:g} times the minimum"
        for end in ("first", "last")
        if curve[end] < LEAST_RISE * curve["minimum"]
    ]
    shifted, plain = (curves[f"cfg {cfg:g} steps 10 shift {shift}"]["maximum"] for shift in (7, 1))
    if shifted >= plain:
        found.append(f"cfg {cfg:g}: shift 7 does not lower the maximum, {shifted} >= {plain}")
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.judge", description="Judge a model.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="fewer clips, the usual size only")
    parser.add_argument("--distances", action="store_true", help="also against 500 steps")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument(
        "--record", action="store_true", help="put the figures into the folder's record and card"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)

    began = time.perf_counter()
    device = torch.device(options.device)
    figures = judge(options.folder, device, quick=options.quick, distances=options.distances)
    figures["seconds"] = round(time.perf_counter() - began, 1)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.record:
        record = model_folder.read_record(options.folder)
        model_folder.write_record(options.folder, record | {"figures": figures})
        card.write(options.folder)
    print(card.figures_text(figures, options.folder.name))
    missing = shortfalls(figures, model_folder.architecture(options.folder))
    for line in missing:
        print("not kept:", line)
    print("all promises kept" if not missing else f"{len(missing)} promises not kept")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
