"""Random models made in place are as those that are loaded from a folder."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from stock import fresh_pipeline


def test_a_low_precision_transformer_keeps_in_float32_what_loading_keeps(tmp_path: Path):
    made = fresh_pipeline("random:tiny-wan", torch.bfloat16).transformer
    fresh_pipeline("random:tiny-wan", torch.float32).transformer.save_pretrained(tmp_path)
    loaded = WanTransformer3DModel.from_pretrained(tmp_path, torch_dtype=torch.bfloat16)
    dtypes = {name: value.dtype for name, value in loaded.state_dict().items()}
    assert {name: value.dtype for name, value in made.state_dict().items()} == dtypes
    assert set(dtypes.values()) == {torch.float32, torch.bfloat16}
    # Buffers are not saved; the rotary tables among them are of float32 in both.
    assert {name: b.dtype for name, b in made.named_buffers()} == {
        name: b.dtype for name, b in loaded.named_buffers()
    }
    for name, value in loaded.state_dict().items():
        assert torch.equal(made.state_dict()[name], value), name
