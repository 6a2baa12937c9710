"""Transformers that would round their timestep embed the loop's float32 timestep."""

from __future__ import annotations

import pytest
import torch
from conftest import Bench, make_cell
from torch import nn

from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

#: Distinct in float32, mostly not in bfloat16.
SIGMAS = [0.9991, 0.9983, 0.9971, 0.7503]

#: The module that turns a timestep into sines, and how many of its units are 1000 timesteps.
SINES = {
    "random:tiny-flux": ("time_text_embed.time_proj", 1000.0),
    "random:tiny-flux2": ("time_guidance_embed.time_proj", 1000.0),
    "random:tiny-qwen-image": ("time_text_embed.time_proj", 1.0),
}


@pytest.mark.parametrize("model", SINES)
def test_what_is_embedded_is_what_the_loop_gave(model):
    name, unit = SINES[model]
    bench = Bench(
        parse_settings(
            ["--device", "cpu", "--model", model, "--dtype", "bfloat16", "--max-batch", "1"]
        )
    )
    embedded: list[float] = []

    def note(module: nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        embedded.append(float(args[0][0]))

    bench.model.pipeline.transformer.get_submodule(name).register_forward_pre_hook(note)

    def embedded_by(state: int) -> list[float]:
        embedded.clear()
        cell = make_cell(SIGMAS, solver_state=state, true_cfg_scale=1.0)
        assert bench.run(cell).finished
        # Guidance is embedded by the same module, after the timestep.
        return embedded[:: len(embedded) // len(SIGMAS)]

    float32 = embedded_by(pb.SOLVER_STATE_FLOAT32)
    assert float32 == pytest.approx([s * unit for s in SIGMAS], rel=1e-6)
    stock = embedded_by(pb.SOLVER_STATE_STOCK)
    rounded = torch.tensor(stock).to(torch.bfloat16).float()
    assert torch.equal(rounded, torch.tensor(stock))
    assert stock[:2] == [stock[0]] * 2
    bench.close()
