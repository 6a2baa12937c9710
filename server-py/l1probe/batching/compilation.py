"""Compilation of the transformer's repeated blocks, and the batch sizes that it covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
import torch._inductor.config
from torch import nn

from l1probe.observe.statistics import Reducers, reduce_pairs, reduce_signals

#: Compiled graphs per block before PyTorch falls back to uncompiled code.
MAX_GRAPHS = 64


def pick_mode(requested: str, device: torch.device, offload: str, max_batch: int) -> str:
    """Resolves `auto`: dynamic on a GPU that holds the whole model, otherwise off.

    The reference mode (`max_batch` 1) runs the stock pipeline's own code, so nothing is compiled.
    """
    if requested != "auto":
        return requested
    pays = device.type == "cuda" and offload == "none" and max_batch > 1
    return "dynamic" if pays else "off"


def compile_blocks(transformers: Iterable[nn.Module], mode: str) -> bool:
    """Compiles the repeated blocks that transformers declare, at their first use.

    Returns:
        Whether anything will be compiled.
    """
    if mode == "off":
        return False
    found = False
    for transformer in transformers:
        names = getattr(transformer, "_repeated_blocks", None) or ()
        modules = [module for module in transformer.modules() if type(module).__name__ in names]
        if not modules:
            continue
        any_module: Any = transformer
        any_module.compile_repeated_blocks(dynamic=mode == "dynamic")
        occurrences = Counter(type(module).__name__ for module in modules)
        for module in modules:
            # Embeddings are declared too; a single one gains little and recompiles for every size.
            if occurrences[type(module).__name__] == 1:
                module._compiled_call_impl = None
            else:
                found = True
    return found


def configure_compiler() -> None:
    """Sets options that PyTorch keeps per thread; call it on the thread that runs the blocks."""
    torch._dynamo.config.recompile_limit = MAX_GRAPHS
    # Rounds where uncompiled code rounds, so that compilation changes results less than batching.
    torch._inductor.config.emulate_precision_casts = True


def compile_reducers() -> Reducers:
    """The probe's reductions, as a few kernels instead of about thirty."""
    return Reducers(
        torch.compile(reduce_signals, dynamic=True), torch.compile(reduce_pairs, dynamic=True)
    )


def batch_sizes(max_batch: int) -> tuple[int, ...]:
    """Batch sizes to pad to, each compiled once: powers of 2, and `max_batch`."""
    powers = [1 << k for k in range(max_batch.bit_length()) if 1 << k < max_batch]
    return (*powers, max_batch)
