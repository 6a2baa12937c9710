"""Provenance of the numbers: versions, device, and how the model is placed."""

from __future__ import annotations

import os
import platform
from importlib import metadata

import torch

import l1probe
from l1probe.serving.loading import LoadedModel
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb

PACKAGES = (
    "torch",
    "diffusers",
    "transformers",
    "accelerate",
    "peft",
    "safetensors",
    "numpy",
    "grpcio",
)


def provenance(model: LoadedModel, settings: Settings) -> pb.Provenance:
    """Everything about this server that can change a number; the engine sets `compiled`."""
    return pb.Provenance(
        model=model.description,
        device=describe_device(model.device),
        versions=versions(),
        offload=settings.offload,
        vae_tiling=settings.vae_tiling,
        max_batch=settings.max_batch,
    )


def versions() -> dict[str, str]:
    """Installed versions, by package; packages that are not installed are left out."""
    found = {"l1probe": l1probe.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    # The build says more than the number: 2.13.0+cpu and +cu130 round differently.
    found["torch"] = torch.__version__
    if torch.version.cuda:
        found["cuda"] = torch.version.cuda
    return found


def describe_device(device: torch.device) -> pb.Device:
    """The device's kind, marketing name and memory in bytes."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return pb.Device(kind="cuda", name=properties.name, memory_bytes=properties.total_memory)
    if device.type == "cpu":
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        threads = torch.get_num_threads()
        name = f"{_processor()} ({threads} thread{'s' if threads != 1 else ''})"
        return pb.Device(kind="cpu", name=name, memory_bytes=memory)
    return pb.Device(kind=device.type, name=platform.machine())


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
