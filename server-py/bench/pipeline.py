"""The stock pipeline of a work, as diffusers loads or makes it, without hooks."""

from __future__ import annotations

import json
import time
from typing import Any

import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler

from bench.work import Work
from l1probe.random_models import make_random
from l1probe.serving.loading import pick_device, pick_dtypes
from l1probe.serving.model_name import Folder, RandomModel, parse_model_name


def load(work: Work) -> tuple[Any, torch.device, dict[str, Any]]:
    """The pipeline, its device and its call defaults; nothing is on the device yet."""
    device = pick_device(work.device)
    transformer, rest = pick_dtypes("auto", device)
    named = parse_model_name(work.model)
    defaults: dict[str, Any] = {}
    if isinstance(named, RandomModel):
        pipeline = make_random(named.name, device, transformer, rest)
    else:
        folder = named.path if isinstance(named, Folder) else named.name
        pipeline = DiffusionPipeline.from_pretrained(
            folder, dtype={"transformer": transformer, "default": rest}
        )
        if isinstance(named, Folder) and (named.path / "call_defaults.json").is_file():
            defaults = json.loads((named.path / "call_defaults.json").read_text())
    pipeline.set_progress_bar_config(disable=True)
    return pipeline, device, defaults


def sample(
    pipeline: Any, work: Work, sigmas: list[float], defaults: dict[str, Any], **changes: Any
) -> Any:
    """One cell through the pipeline's own code; the shift is already in the sigmas."""
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler(shift=1.0)
    return pipeline(
        **{
            **defaults,
            **work.call(),
            "num_inference_steps": len(sigmas),
            "sigmas": sigmas,
            "generator": torch.Generator("cpu").manual_seed(0),
            "output_type": "latent",
            **changes,
        }
    )


def synchronized(device: torch.device) -> float:
    """The time once the device has finished all queued work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
