"""Which modules are compiled for which sizes, and that nothing is compiled after the warm-up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jaxtyping
import pytest
import torch
import torch._dynamo
import torch._inductor.config
from conftest import Bench, make_cell
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._dynamo.utils import counters
from torch.nn.functional import scaled_dot_product_attention

from l1probe.batching.compilation import (
    MAX_GRAPHS,
    batch_sizes,
    compile_blocks,
    compile_reducers,
    pick_mode,
)
from l1probe.observe.statistics import reduce_pairs, reduce_signals
from l1probe.serving import engine as engine_module
from l1probe.settings import parse_settings

MODES = [
    # requested, device, offload, max_batch → mode
    ("auto", "cuda", "none", 16, "dynamic"),
    ("auto", "cuda", "none", 2, "dynamic"),
    ("auto", "cuda", "none", 1, "off"),
    ("auto", "cuda", "model", 16, "off"),
    ("auto", "cuda", "group", 16, "off"),
    ("auto", "cpu", "none", 16, "off"),
    ("auto", "mps", "none", 16, "off"),
    ("static", "cpu", "none", 16, "static"),
    ("dynamic", "cuda", "model", 16, "dynamic"),
    ("off", "cuda", "none", 16, "off"),
]


@pytest.mark.parametrize(("requested", "device", "offload", "max_batch", "mode"), MODES)
def test_blocks_are_compiled_if_it_pays_or_on_request(requested, device, offload, max_batch, mode):
    assert pick_mode(requested, torch.device(device), offload, max_batch) == mode


@pytest.mark.parametrize(
    ("most", "sizes"),
    [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (12, (1, 2, 4, 8, 12)), (16, (1, 2, 4, 8, 16))],
)
def test_sizes_by_hand(most, sizes):
    assert batch_sizes(most) == sizes


@given(st.integers(1, 300))
def test_every_batch_is_padded_to_less_than_twice_its_size(most):
    sizes = batch_sizes(most)
    assert list(sizes) == sorted(set(sizes))
    assert sizes[-1] == most
    for rows in range(1, most + 1):
        assert next(size for size in sizes if size >= rows) < 2 * rows


class Block(nn.Module):
    def forward(self, state: Tensor) -> Tensor:
        return state + 1


class Embedding(Block): ...


class Model(nn.Module):
    _repeated_blocks: tuple[str, ...] = ("Block", "Embedding")

    def __init__(self, blocks: int, embeddings: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            [*(Block() for _ in range(blocks)), *(Embedding() for _ in range(embeddings))]
        )
        self.head = nn.Linear(1, 1)

    def compile_repeated_blocks(self, **settings: Any) -> None:
        # As diffusers' models do it.
        for module in self.modules():
            if type(module).__name__ in self._repeated_blocks:
                module.compile(**settings)

    def compiled(self) -> list[bool]:
        return [module._compiled_call_impl is not None for module in (*self.parts, self.head)]


@pytest.fixture
def requested(monkeypatch) -> list[dict[str, Any]]:
    """Records compiler calls instead of compiling."""
    calls: list[dict[str, Any]] = []

    def compile_nothing(function: Any, **settings: Any) -> Any:
        calls.append({"function": function, **settings})
        return function

    monkeypatch.setattr(torch, "compile", compile_nothing)
    return calls


def test_only_repeated_blocks_are_compiled(requested):
    model = Model(blocks=2, embeddings=1)
    assert compile_blocks([model], "dynamic")
    assert model.compiled() == [True, True, False, False]
    assert model.parts[2](torch.ones(1)).tolist() == [2]
    assert all(call["dynamic"] is True for call in requested)


def test_static_mode_is_passed_to_the_compiler(requested):
    assert compile_blocks([Model(2, 0)], "static")
    assert [call["dynamic"] for call in requested] == [False, False]


class Unnamed(Model):
    _repeated_blocks = ()


NOTHING = {
    "off": ([Model(2, 1)], "off"),
    "nothing repeats": ([Model(1, 1)], "dynamic"),
    "no names": ([Unnamed(2, 2)], "dynamic"),
    "no names at all": ([nn.Linear(1, 1)], "dynamic"),
}


@pytest.mark.parametrize(("models", "mode"), NOTHING.values(), ids=NOTHING)
def test_a_model_without_repeated_blocks_reports_that_nothing_is_compiled(requested, models, mode):
    assert compile_blocks(models, mode) is False
    for model in models:
        assert not isinstance(model, Model) or not any(model.compiled())


def test_one_transformer_with_repeated_blocks_is_enough(requested):
    assert compile_blocks([nn.Linear(1, 1), Model(2, 0)], "dynamic")


def test_both_reductions_are_compiled_for_any_size(requested):
    reducers = compile_reducers()
    assert [(call["function"], call["dynamic"]) for call in requested] == [
        (reduce_signals, True),
        (reduce_pairs, True),
    ]
    assert (reducers.signals, reducers.pairs) == (reduce_signals, reduce_pairs)


class JointBlock(nn.Module):
    """Joint attention over state and text like HunyuanVideo's blocks, ten times as fast to trace;
    recompilation depends on shapes only."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.time = nn.Linear(width, width)

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        temb: Tensor,
        attention_mask: Tensor | None = None,
        *_: Any,
    ) -> tuple[Tensor, Tensor]:
        text = encoder_hidden_states.shape[1]
        both = torch.cat((hidden_states, encoder_hidden_states), 1) + self.time(temb)[:, None]
        heads = both.unflatten(2, (5, -1)).transpose(1, 2)
        mixed = scaled_dot_product_attention(heads, heads, heads, attn_mask=attention_mask)
        both = both + mixed.transpose(1, 2).flatten(2)
        return both[:, :-text], both[:, -text:]


JointBlock.__name__ = "HunyuanVideoSingleTransformerBlock"


@pytest.fixture
def compiled_bench(monkeypatch) -> Iterator[Bench]:
    """The bundled model with simpler blocks, traced as for the compiler and run uncompiled."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    # Only tests check annotations at run time, and these checks cannot be traced.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    evaluator = engine_module.Engine._evaluator

    def simpler(self: Any) -> Any:
        transformer = self.model.pipeline.transformer
        transformer.transformer_blocks = nn.ModuleList()
        transformer.single_transformer_blocks = nn.ModuleList(JointBlock(160) for _ in range(3))
        return evaluator(self)

    monkeypatch.setattr(engine_module.Engine, "_evaluator", simpler)
    flags = ["--device", "cpu", "--compile", "dynamic", "--max-batch", "4"]
    torch._dynamo.reset()
    bench = Bench(parse_settings(flags))
    yield bench
    bench.close()
    torch._dynamo.reset()


def test_after_the_warm_up_no_size_prompt_or_sampler_adds_a_graph(compiled_bench):
    bench = compiled_bench
    bench.engine.ready.result(120)
    assert bench.engine.forward_times.measured() == []
    graphs = counters["stats"]["unique_graphs"]
    assert 0 < graphs < MAX_GRAPHS
    settings = []

    def note(run: Any, event: Any) -> None:
        if event.WhichOneof("event") == "started":
            limit = torch._dynamo.config.recompile_limit
            settings.append((limit, torch._inductor.config.emulate_precision_casts))

    first = bench.run(make_cell([0.5], seed=99), on_event=note)
    assert first.started.provenance.compiled
    # Also in a cell's own context, where the statistics are compiled.
    assert settings == [(MAX_GRAPHS, True)]
    waves = [
        [make_cell(seed=seed) for seed in range(3)],
        [make_cell(frames=9, width=96, seed=1, true_cfg_scale=1.0)],
        [make_cell(frames=5, height=96, prompt=prompt) for prompt in ("x", "red " * 20, "")],
        [make_cell(sampler=sampler) for sampler in ("heun", "dpm++sde", "unipc")],
        [make_cell(solver_state=2, guidance_scale=6.0, seed=seed) for seed in range(2)],
    ]
    for wave in waves:
        results = bench.together(wave)
        assert all(result.finished for result in results)
    assert counters["stats"]["unique_graphs"] == graphs
