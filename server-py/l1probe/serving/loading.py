"""Loads a model by name: a pipeline on a device, with its hooks in place."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline

from l1probe.families import Family, UnsupportedPipeline, family_of
from l1probe.observe.decoder_hook import hook_decoder
from l1probe.observe.transformer_hook import hook_transformer
from l1probe.random_models import make_random
from l1probe.random_models.weights import RECIPE, SEED
from l1probe.serving.code_in_models import refuse_code
from l1probe.serving.enums import Weights
from l1probe.serving.fingerprint import fingerprint
from l1probe.serving.hub import download, first_line
from l1probe.serving.lora import load_loras, marks
from l1probe.serving.lora_name import parse_loras
from l1probe.serving.model_name import CannotLoad, Folder, RandomModel, parse_model_name
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb


@dataclass(frozen=True)
class LoadedModel:
    """A pipeline ready to sample, and the facts about it that go into records."""

    pipeline: Any
    family: Family
    device: torch.device
    call_defaults: Mapping[str, Any]
    default_schedule: str
    transformers: tuple[Any, ...]
    experts: tuple[str, ...]
    description: pb.Model


def load_model(settings: Settings) -> LoadedModel:
    """Loads `settings.model`; see :class:`Settings` for the allowed names.

    Raises:
        CannotLoad: the requested model, device, dtype or offloading is not available.
    """
    device = pick_device(settings.device)
    transformer_dtype, other_dtype = pick_dtypes(settings.dtype, device)
    if settings.offload != "none" and device.type == "cpu":
        raise CannotLoad(f"--offload {settings.offload} needs a GPU; this device is the CPU")
    named, named_loras = parse_model_name(settings.model), parse_loras(settings.lora)
    if isinstance(named, RandomModel):
        folder, mark = None, f"{settings.model},{RECIPE},seed={SEED}"
        pipeline = make_random(named.name, device, transformer_dtype, other_dtype)
        if _family(type(pipeline).__name__).single_dtype and other_dtype != transformer_dtype:
            pipeline = make_random(named.name, device, transformer_dtype, transformer_dtype)
    else:
        folder = named.path if isinstance(named, Folder) else download(named)
        index = json.loads((folder / "model_index.json").read_text())
        # Refuses an unknown pipeline before gigabytes are read.
        requested = _family(index.get("_class_name", ""))
        refuse_code(settings.model, folder)
        mark = fingerprint(folder)
        pipeline = DiffusionPipeline.from_pretrained(
            folder,
            dtype={"default": transformer_dtype if requested.single_dtype else other_dtype}
            | {name: transformer_dtype for name in requested.transformers if name in index},
            use_safetensors=True,
            trust_remote_code=False,
        )
    family = _family(type(pipeline).__name__)
    defaults = _call_defaults(folder, pipeline)
    # Wan's second expert is optional.
    parts = {name: part for name in family.transformers if (part := getattr(pipeline, name, None))}
    parameters = sum(p.numel() for part in parts.values() for p in part.parameters())
    loras = load_loras(pipeline, named_loras, parts)
    _place(pipeline, device, settings)
    pipeline.set_progress_bar_config(disable=True)
    family = _as_made(family, next(iter(parts.values())).config)
    if family.fitted:
        try:
            family = family.fitted(family, pipeline)
        except UnsupportedPipeline as error:
            raise CannotLoad(str(error)) from error
    if family.latents:
        family = replace(family, latent_shape=family.latents(pipeline))
    if family.adjust:
        family.adjust(pipeline)
    for name, transformer in parts.items():
        hook_transformer(transformer, name, family)
    hook_decoder(pipeline.vae)
    transformers = list(parts.values())
    return LoadedModel(
        pipeline=pipeline,
        family=family,
        device=device,
        call_defaults=defaults,
        default_schedule=(family.default_schedule or _default_schedule)(pipeline.scheduler.config),
        transformers=tuple(parts.values()),
        experts=tuple(parts) if len(parts) > 1 else (),
        description=pb.Model(
            id=named.path.name if isinstance(named, Folder) else settings.model,
            fingerprint=mark + marks(loras),
            family=family.name,
            pipeline=type(pipeline).__name__,
            weights=_weights(folder),
            transformer_parameters=parameters,
            transformer_dtype=_dtype_name(transformers[0].dtype),
            other_dtype=_dtype_name(pipeline.vae.dtype),
            call_defaults_json=json.dumps(dict(defaults), sort_keys=True),
            loras=loras,
        ),
    )


def pick_device(requested: str) -> torch.device:
    """The device named, or for `auto` the first GPU, if any, and otherwise the CPU.

    Raises:
        CannotLoad: the device is not available.
    """
    if requested == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(requested)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise CannotLoad(
            f"--device {requested} cannot be used here: {first_line(error)}"
        ) from error
    return device


def pick_dtypes(requested: str, device: torch.device) -> tuple[torch.dtype, torch.dtype]:
    """The dtypes of the transformer and of the rest.

    On a GPU `auto` is bfloat16 and float16, which the measurements in docs/article.md used; on a
    CPU it is float32.
    """
    if requested == "auto":
        requested = "float32" if device.type == "cpu" else "bfloat16"
    transformer = getattr(torch, requested)
    rest = torch.float32 if requested == "float32" or device.type == "cpu" else torch.float16
    return transformer, rest


def _family(pipeline_class: str) -> Family:
    try:
        return family_of(pipeline_class)
    except UnsupportedPipeline as error:
        raise CannotLoad(str(error)) from error


def _call_defaults(folder: Path | None, pipeline: Any) -> Mapping[str, Any]:
    path = folder / "call_defaults.json" if folder else None
    if path is None or not path.is_file():
        return {}
    defaults = json.loads(path.read_text())
    call = f"{type(pipeline).__name__}.__call__"
    if not isinstance(defaults, dict):
        raise CannotLoad(f"call_defaults.json must be an object of keywords of {call}")
    known = set(inspect.signature(type(pipeline).__call__).parameters)
    if unknown := sorted(set(defaults) - known):
        raise CannotLoad(f"call_defaults.json has {', '.join(unknown)}, unknown to {call}")
    return defaults


def _place(pipeline: Any, device: torch.device, settings: Settings) -> None:
    if settings.vae_tiling:
        pipeline.vae.enable_tiling()
    if settings.offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif settings.offload == "group":
        pipeline.enable_group_offload(
            onload_device=device, offload_type="leaf_level", use_stream=device.type == "cuda"
        )
    else:
        pipeline.to(device)


def _weights(folder: Path | None) -> Weights:
    if folder is None:
        return pb.WEIGHTS_RANDOM
    label = folder / "l1probe.json"
    if label.is_file():
        return {"bundled": pb.WEIGHTS_BUNDLED, "random": pb.WEIGHTS_RANDOM}.get(
            json.loads(label.read_text()).get("weights"), pb.WEIGHTS_PRETRAINED
        )
    return pb.WEIGHTS_PRETRAINED


def _as_made(family: Family, config: Mapping[str, Any]) -> Family:
    """The family, without embedded guidance if its transformer was made without it."""
    has_embedding = family.embedded_guidance and config.get("guidance_embeds", True)
    return replace(family, embedded_guidance=has_embedding)


def _default_schedule(config: Mapping[str, Any]) -> str:
    if config.get("use_dynamic_shifting"):
        return ""
    shift = float(config.get("shift", config.get("flow_shift", 1.0)) or 1.0)
    return "linear" if shift == 1 else f"shift:{shift:g}"


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
