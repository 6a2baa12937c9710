"""Untrained weights: the same on every device, and as if they were loaded from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import WanTransformer3DModel
from torch import nn

from l1probe.random_models import RANDOM_MODELS, make_random, weights

CPU = torch.device("cpu")
TINY = [name for name in RANDOM_MODELS if name.startswith("tiny-")]


def modules(pipeline: Any) -> dict[str, nn.Module]:
    return {n: part for n, part in pipeline.components.items() if isinstance(part, nn.Module)}


def state(pipeline: Any) -> dict[str, torch.Tensor]:
    """Every parameter and buffer, saved or not."""
    return {
        f"{name}.{key}": value
        for name, part in modules(pipeline).items()
        for key, value in [*part.named_parameters(), *part.named_buffers()]
    }


def splitmix64(draw: int, count: int) -> np.ndarray:
    """The published generator in NumPy's own uint64 arithmetic, keyed by a draw's number."""

    def mixed(z: np.ndarray) -> np.ndarray:
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    golden = np.uint64(0x9E3779B97F4A7C15)
    key = mixed(np.arange(draw + 1, draw + 2, dtype=np.uint64) * golden)
    return mixed(key + np.arange(1, count + 1, dtype=np.uint64) * golden)


def test_the_generator_is_splitmix64_as_published():
    # The first outputs of the reference implementation for the seed 0.
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    bits = weights._bits(0, 0, 3, CPU).numpy().view(np.uint64)
    assert bits.tolist() == expected


@pytest.mark.parametrize("chunk", [7, 1 << 24])
def test_draws_equal_a_numpy_recomputation(monkeypatch, chunk):
    monkeypatch.setattr(weights, "CHUNK", chunk)
    weights.restart_draws()
    with weights.made_on(CPU, torch.float32):
        uniform = torch.empty(5, 20).uniform_(-0.25, 0.5)
        normal = nn.init.normal_(torch.empty(100), mean=1.0, std=0.02)
        made = torch.randn(100)
    unit = (splitmix64(0, 100) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)
    expected = unit * np.float32(0.75) + np.float32(-0.25)
    assert np.array_equal(uniform.numpy().ravel(), expected)
    for draw, tensor, mean, deviation in ((1, normal, 1.0, 0.02), (2, made, 0.0, 1.0)):
        words = splitmix64(draw, 100).view(np.uint16).reshape(-1, 4).astype(np.int64)
        total = (words.sum(1) - 2 * 65535).astype(np.float32)
        scaled = total * np.float32((4 * (65536**2 - 1) / 12) ** -0.5) * np.float32(deviation)
        assert np.array_equal(tensor.numpy(), scaled + np.float32(mean))


def test_draws_have_the_distributions_that_were_named():
    weights.restart_draws()
    with weights.made_on(CPU, torch.float32):
        normal, uniform = torch.randn(200_000), torch.rand(200_000)
    assert normal.mean().item() == pytest.approx(0, abs=0.01)
    assert normal.std().item() == pytest.approx(1, abs=0.01)
    assert uniform.mean().item() == pytest.approx(0.5, abs=0.005)
    assert 0 <= uniform.min() < uniform.max() < 1
    assert abs(torch.corrcoef(torch.stack((normal, uniform)))[0, 1]) < 0.01


def test_a_truncated_normal_is_drawn_alike_by_every_version_of_torch():
    def made() -> torch.Tensor:
        weights.restart_draws()
        with weights.made_on(torch.device("cpu"), torch.float32):
            return torch.nn.init.trunc_normal_(torch.empty(4096), std=1.5, a=-2, b=2)

    values = made()
    assert torch.equal(values, made())
    assert values.abs().max() == 2
    assert values.std().item() == pytest.approx(1.28, abs=0.05)


def test_an_operator_that_is_random_in_another_way_is_refused():
    with (
        pytest.raises(NotImplementedError, match="bernoulli"),
        weights.made_on(CPU, torch.float32),
    ):
        torch.empty(3).bernoulli_(0.5)


@pytest.mark.parametrize("name", TINY)
def test_weights_depend_on_the_name_alone(name):
    first = state(make_random(name, CPU, torch.float32, torch.float32))
    torch.manual_seed(1234)
    again = state(make_random(name, CPU, torch.float32, torch.float32))
    for key, value in first.items():
        assert torch.equal(value, again[key]), key
        assert value.isfinite().all(), key


@pytest.mark.parametrize("name", TINY)
def test_no_number_is_computed_on_the_device_but_draws(name):
    # On the meta device an operator that needed a value would fail, and so would one that mixes
    # a parameter there with a buffer on the CPU.
    made = make_random(name, torch.device("meta"), torch.float32, torch.float32)
    for part in modules(made).values():
        assert all(parameter.is_meta for parameter in part.parameters())
        assert not any(buffer.is_meta for buffer in part.buffers())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", TINY)
def test_a_gpu_makes_the_weights_of_a_cpu(name, dtype):
    on_cpu = state(make_random(name, CPU, dtype, dtype))
    on_gpu = state(make_random(name, torch.device("cuda"), dtype, dtype).to("cuda"))
    for key, value in on_cpu.items():
        assert torch.equal(value, on_gpu[key].cpu()), key


def test_a_low_precision_transformer_keeps_in_float32_what_loading_keeps(tmp_path: Path):
    made = make_random("tiny-wan", CPU, torch.bfloat16, torch.float32).transformer
    whole = make_random("tiny-wan", CPU, torch.float32, torch.float32).transformer
    whole.save_pretrained(tmp_path)
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
