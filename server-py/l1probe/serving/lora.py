"""Loads LoRAs into a pipeline with diffusers' own loader, after a check that all of each fits.

They are not fused into the weights: a 16-bit weight would round a small change away, and the result
would not be that of the stock pipeline after `load_lora_weights`.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from l1probe.serving.hub import download_file, first_line
from l1probe.serving.lora_name import SAFETENSORS, NamedLora
from l1probe.serving.model_name import CannotLoad, HubId
from l1probe.v1 import probe_pb2 as pb

#: A key of a LoRA's file, as diffusers' loader gives it: the module, then one of two matrices.
_KEY = re.compile(
    r"(?P<module>.+?)\.lora(?:_linear_layer)?[._](?:A|B|down|up)(?:\.\w+)?\.(?:weight|bias)"
)
#: Keys and files named in a message.
_LISTED = 4


def load_loras(
    pipeline: Any, loras: Sequence[NamedLora], transformers: Mapping[str, nn.Module]
) -> tuple[pb.Lora, ...]:
    """Loads all LoRAs and sets their scales.

    Args:
        pipeline: before offloading and hooks.
        loras: from :func:`l1probe.serving.lora_name.parse_loras`.
        transformers: those of the pipeline, by their component's name.

    Raises:
        CannotLoad: one cannot be read or does not fit this model.
    """
    if not loras:
        return ()
    if not hasattr(pipeline, "load_lora_weights"):
        raise CannotLoad(
            f"--lora {loras[0].text} cannot be loaded: diffusers' {type(pipeline).__name__} takes "
            "no LoRA; start without --lora"
        )
    loaded = []
    for i, lora in enumerate(loras):
        transformer = _transformer(lora, transformers)
        path, commit = lora_file(lora)
        _load(pipeline, lora, path, f"lora_{i}", transformer)
        loaded.append(
            pb.Lora(
                id=lora.id,
                fingerprint=_sha256(path),
                scale=lora.scale,
                transformer=transformer if len(transformers) > 1 else "",
                commit=commit,
            )
        )
    names = [f"lora_{i}" for i in range(len(loras))]
    pipeline.set_adapters(names, [lora.scale for lora in loras])
    return tuple(loaded)


def marks(loras: Sequence[pb.Lora]) -> str:
    """What LoRAs add to a model's fingerprint; "" if there are none."""
    return "".join(
        f"+{f'{lora.transformer}=' if lora.transformer else ''}{lora.fingerprint}:{lora.scale!r}"
        for lora in loras
    )


def _transformer(lora: NamedLora, transformers: Mapping[str, nn.Module]) -> str:
    named, known = lora.transformer, list(transformers)
    if named and named not in known:
        raise CannotLoad(f"--lora {lora.text} names {named}; this model has {' and '.join(known)}")
    if not named and len(known) > 1:
        raise CannotLoad(
            f"--lora {lora.text} does not say which expert it changes; write "
            + " or ".join(f"{name}={lora.text}" for name in known)
            + ", or give both"
        )
    return named or known[0]


def lora_file(lora: NamedLora) -> tuple[Path, str]:
    """The file, and the hub's commit if it is from the hub."""
    if isinstance(lora.source, HubId):
        return download_file(
            f"--lora {lora.text}", lora.source, lora.file, lambda files: _pick(lora, files)
        )
    if lora.source.is_file():
        return lora.source, ""
    files = sorted(
        p.relative_to(lora.source).as_posix() for p in lora.source.rglob("*" + SAFETENSORS)
    )
    return lora.source / _pick(lora, files), ""


def _pick(lora: NamedLora, files: Sequence[str]) -> str:
    files = [file for file in files if file.endswith(SAFETENSORS)]
    if lora.file:
        if lora.file in files:
            return lora.file
        raise CannotLoad(f"--lora {lora.text}: there is no {lora.file}; {_listed('files', files)}")
    if not files:
        raise CannotLoad(
            f"--lora {lora.text} has no {SAFETENSORS} file; other formats can run code when they "
            f"are read, so convert it to {SAFETENSORS}"
        )
    if len(files) > 1:
        raise CannotLoad(f"--lora {lora.text} has several files; name one: {_listed('', files)}")
    return files[0]


def _load(pipeline: Any, lora: NamedLora, path: Path, name: str, transformer: str) -> None:
    place = {"weight_name": path.name, "use_safetensors": True}
    try:
        with safe_open(path, "pt") as file:
            keys = list(file.keys())
        if any("dora_scale" in key for key in keys):
            raise CannotLoad(
                f"--lora {lora.text} is a DoRA, whose magnitudes diffusers drops; give a LoRA"
            )
        state = pipeline.lora_state_dict(str(path.parent), **place)
        expected = _check_fit(
            pipeline, lora, state[0] if isinstance(state, tuple) else state, transformer
        )
        expert = {} if transformer == "transformer" else {f"load_into_{transformer}": True}
        with warnings.catch_warnings():
            # That there are several is intended.
            warnings.filterwarnings("ignore", "Already found a `peft_config`")
            pipeline.load_lora_weights(str(path.parent), adapter_name=name, **place, **expert)
    except CannotLoad:
        raise
    except SafetensorError as error:
        raise CannotLoad(f"--lora {lora.text} cannot be read: {first_line(error)}") from error
    except Exception as error:  # diffusers and peft have no class of their own for "cannot"
        raise CannotLoad(f"--lora {lora.text} cannot be loaded: {first_line(error)}") from error
    changed = sum(
        name in (getattr(module, "lora_A", None) or ())
        for part in pipeline.components.values()
        if isinstance(part, nn.Module)
        for module in part.modules()
    )
    if changed < expected:
        raise CannotLoad(
            f"--lora {lora.text} changes {expected} layers, of which {changed} are in this model; "
            "give a LoRA made for it"
        )


def _check_fit(
    pipeline: Any, lora: NamedLora, state: Mapping[str, Tensor], transformer: str
) -> int:
    """The number of layers that a LoRA changes, all of which are there in its shapes.

    Text encoders are counted only, since their layers have other names in the file.
    """
    layers = dict(getattr(pipeline, transformer).named_modules())
    encoders = tuple(f"{name}." for name in pipeline._lora_loadable_modules if "encoder" in name)
    changed, misfits = set(), []
    for key, tensor in state.items():
        found = _KEY.fullmatch(key)
        module = found["module"] if found else ""
        layer = layers.get(module.removeprefix("transformer."))
        in_transformer = module.startswith("transformer.") and _fits(layer, key, tensor)
        if in_transformer or module.startswith(encoders):
            changed.add(module)
        else:
            misfits.append(f"{key} {list(tensor.shape)}")
    if misfits or not changed:
        raise CannotLoad(
            f"--lora {lora.text} does not fit this model's {transformer}: "
            f"{len(misfits)} of {len(state)} keys match no layer of their shape "
            f"({_listed('', misfits)}); give a LoRA made for this model"
        )
    return len(changed)


def _fits(layer: nn.Module | None, key: str, tensor: Tensor) -> bool:
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim < 2:
        return False
    inward = ("lora_A" in key or "down" in key) and tensor.ndim > 1
    return tensor.shape[inward] == weight.shape[inward]


def _listed(what: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{what} {', '.join(names[:_LISTED]) or 'none'}{more}".strip()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()[:24]}"
