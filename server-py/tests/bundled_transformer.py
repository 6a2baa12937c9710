"""The bundled model's transformer as diffusers loads it, and forwards of it with padded text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import HunyuanVideoTransformer3DModel
from torch import Tensor

from l1probe.observe.forward import Forward
from l1probe.settings import BUNDLED_MODEL

TOKENS = 16


def stock_transformer() -> Any:
    """In float32 on the CPU, without hooks or changes."""
    return HunyuanVideoTransformer3DModel.from_pretrained(BUNDLED_MODEL, subfolder="transformer")


def inputs_of(lengths: Sequence[int], seed: int = 0, timestep: float = 700.0) -> dict[str, Any]:
    """One sample per text of the given number of tokens; the padding is masked noise."""
    generator = torch.Generator().manual_seed(seed)

    def noise(*shape: int) -> Tensor:
        return torch.randn(len(lengths), *shape, generator=generator)

    return {
        "hidden_states": noise(16, 3, 8, 8),
        "timestep": torch.full((len(lengths),), timestep),
        "encoder_hidden_states": noise(TOKENS, 64),
        "encoder_attention_mask": torch.tensor(
            [[1] * n + [0] * (TOKENS - n) for n in lengths], dtype=torch.float32
        ),
        "pooled_projections": noise(64),
        "guidance": torch.full((len(lengths),), 6000.0),
    }


def forward_of(transformer: Any, inputs: dict[str, Any]) -> Forward:
    """As the transformer's hook makes it."""
    return Forward(
        transformer, HunyuanVideoTransformer3DModel, "transformer", "cond", inputs, size=(64, 64, 9)
    )


def stock_answer(transformer: Any, inputs: dict[str, Any]) -> Tensor:
    """What the stock forward gives for these inputs as they are."""
    return HunyuanVideoTransformer3DModel.__call__(transformer, **inputs, return_dict=False)[0]
