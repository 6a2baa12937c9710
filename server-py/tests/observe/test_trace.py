"""`l1probe.observe` changes nothing, and measures what a server measures."""

from __future__ import annotations

import builtins
import copy
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from conftest import PROMPT, SERVER_PY, Bench, make_cell
from diffusers import HunyuanVideoPipeline

import l1probe
from l1probe.families import UnsupportedPipeline, family_of
from l1probe.observe.session import check_settings
from l1probe.records.rows import COLUMNS, step_row
from l1probe.serving.messages import step_message
from l1probe.settings import BUNDLED_MODEL
from l1probe.v1 import probe_pb2 as pb

CALL: dict[str, Any] = {
    "prompt": PROMPT,
    "negative_prompt": "",
    "guidance_scale": 1.0,
    "true_cfg_scale": 3.0,
    "height": 64,
    "width": 64,
    "num_frames": 5,
    "max_sequence_length": 16,
    "output_type": "latent",
}
SIGMAS = [1.0, 0.8125, 0.4375, 0.125]


@pytest.fixture(scope="module")
def pipe() -> Any:
    pipeline = HunyuanVideoPipeline.from_pretrained(BUNDLED_MODEL, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def latents(pipe: Any, seed: int = 3, **changes: Any) -> torch.Tensor:
    return pipe(generator=torch.Generator().manual_seed(seed), **{**CALL, **changes}).frames


def state_of(pipe: Any) -> list[object]:
    """Everything that an observation must give back; a call itself sets names with `_`."""
    parts = (pipe, pipe.transformer, pipe.scheduler, pipe.vae)
    hooks = [len(part._forward_pre_hooks) for part in pipe.transformer.modules()]
    own = {name: id(value) for name, value in vars(pipe).items() if not name.startswith("_")}
    names = [
        sorted(name for name in vars(part) if not name.startswith("_"))
        for part in (pipe.transformer, pipe.vae)
    ]
    return [*map(type, parts), own, names, dict(pipe.config), hooks]


@pytest.fixture(autouse=True)
def _given_back(pipe: Any) -> Any:
    before = state_of(pipe)
    yield
    assert state_of(pipe) == before


def test_the_clip_is_bit_identical_and_every_step_is_traced(pipe):
    stock = latents(pipe, num_inference_steps=4)
    with l1probe.observe(pipe) as trace:
        observed = latents(pipe, num_inference_steps=4)
        assert len(trace.steps) == 4, "also before the block ends"
    assert torch.equal(observed, stock)
    assert torch.equal(latents(pipe, num_inference_steps=4), stock)
    assert [(step.step, step.evaluation) for step in trace.steps] == [(k, 0) for k in range(4)]
    ends = [step.sigma_next for step in trace.steps]
    assert [step.sigma for step in trace.steps] == [1.0, *ends[:-1]]
    assert ends[-1] == 0.0


def test_the_rows_are_those_of_the_same_cell_over_the_wire_bit_for_bit(pipe, bench: Bench):
    cell = make_cell(SIGMAS, frames=5, seed=3, solver_state=pb.SOLVER_STATE_STOCK)
    served = bench.run(cell)
    with l1probe.observe(pipe, sigmas=SIGMAS, sampler="euler") as trace:
        latents(pipe)
    assert [_on_the_wire(step_message(step)) for step in trace.steps] == [
        _on_the_wire(step) for step in served.steps
    ]
    frame = trace.to_dataframe()
    assert tuple(frame.columns) == COLUMNS
    axes = {name: getattr(cell, name) for name in ("prompt", "negative_prompt", "sampler", "seed")}
    axes |= {name: getattr(cell, name) for name in ("height", "width", "frames")}
    axes |= {name: getattr(cell, name) for name in ("guidance_scale", "true_cfg_scale")}
    described = bench.model.description
    axes |= {"cell_id": "run-0", "steps": 4, "solver_state": "stock"}
    axes |= {"scheduler": served.started.scheduler, "model": described.id}
    axes |= {"family": described.family, "transformer_dtype": described.transformer_dtype}
    for row, step in zip(frame.to_dict("records"), trace.steps, strict=True):
        for name, value in step_row(step, axes).items():
            empty = value is None and (row[name] is None or row[name] != row[name])
            assert empty or row[name] == value, name


def _on_the_wire(step: pb.Step) -> pb.Step:
    """All that two runs of one cell share."""
    bare = pb.Step()
    bare.CopyFrom(step)
    bare.seconds = bare.batch_size = 0
    return bare


def test_the_pipelines_own_schedule_has_the_sums_of_the_same_sigmas_sent(pipe, bench: Bench):
    with l1probe.observe(pipe) as trace:
        latents(pipe, num_inference_steps=4)
    sigmas = [step.sigma for step in trace.steps]
    cell = make_cell(sigmas, frames=5, seed=3, solver_state=pb.SOLVER_STATE_STOCK)
    served = bench.run(cell).steps
    assert [_on_the_wire(step_message(step)) for step in trace.steps] == [
        _on_the_wire(step) for step in served
    ]


def test_a_float32_state_is_the_servers(bfloat16_bench: Bench):
    pipe = HunyuanVideoPipeline.from_pretrained(
        BUNDLED_MODEL, dtype={"transformer": torch.bfloat16, "default": torch.float32}
    )
    pipe.set_progress_bar_config(disable=True)
    before = state_of(pipe)
    cell = make_cell(SIGMAS, frames=5, seed=3)
    served = bfloat16_bench.run(cell, (pb.ARTIFACT_KIND_LATENTS,))
    with l1probe.observe(pipe, sigmas=SIGMAS, solver_state="float32") as trace:
        ours = latents(pipe)
    assert ours.dtype == torch.float32
    assert torch.equal(ours, served.tensors["latents"])
    assert [_on_the_wire(step_message(step)) for step in trace.steps] == [
        _on_the_wire(step) for step in served.steps
    ]
    assert state_of(pipe) == before


def test_several_calls_are_several_runs(pipe):
    with l1probe.observe(pipe) as trace:
        latents(pipe, num_inference_steps=2)
        latents(pipe, num_inference_steps=3, seed=4)
    assert [len(run.steps) for run in trace.runs] == [2, 3]
    assert [run.axes["seed"] for run in trace.runs] == [3, 4]
    assert list(trace.to_dataframe()["cell_id"]) == ["run-0"] * 2 + ["run-1"] * 3
    assert "cond" not in trace.runs[1].steps[0].differences


def test_a_pipeline_is_observed_by_one_block_at_a_time_and_again_afterwards(pipe):
    with l1probe.observe(pipe) as outer:
        with (
            pytest.raises(RuntimeError, match=r"this HunyuanVideoPipeline is observed already"),
            l1probe.observe(pipe),
        ):
            pass
        latents(pipe, num_inference_steps=1)
    with l1probe.observe(pipe) as again:
        latents(pipe, num_inference_steps=1)
    assert len(outer.steps) == len(again.steps) == 1


@pytest.mark.parametrize("shared", ["transformer", "scheduler"])
def test_two_pipelines_that_share_a_part_are_observed_one_at_a_time(pipe, shared):
    other = HunyuanVideoPipeline(**pipe.components)
    own = "scheduler" if shared == "transformer" else "transformer"
    setattr(other, own, copy.copy(getattr(pipe, own)))
    with (
        l1probe.observe(pipe) as trace,
        pytest.raises(RuntimeError, match=f"the {shared} of this .* is observed already"),
        l1probe.observe(other),
    ):
        pass
    assert trace.steps == []


def test_a_block_without_a_call_is_an_empty_table_with_all_columns(pipe):
    with l1probe.observe(pipe) as trace:
        pass
    assert repr(trace) == "<Trace: 0 runs, 0 steps>"
    assert tuple(trace.to_dataframe().columns) == COLUMNS


def test_sigmas_may_be_an_array(pipe):
    with l1probe.observe(pipe, sigmas=np.linspace(1, 0, 3)[:-1]) as trace:
        latents(pipe)
    assert [step.sigma for step in trace.steps] == [1.0, 0.5]


def test_a_sampler_without_sigmas_is_refused_on_entry(pipe):
    with (
        pytest.raises(ValueError, match=r"sampler is 'heun'.*sigmas"),
        l1probe.observe(pipe, sampler="heun"),
    ):
        pytest.fail("entered")


def test_an_exception_inside_keeps_the_steps_that_ran(pipe):
    def stop(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        if step == 1:
            raise KeyboardInterrupt
        return tensors

    with pytest.raises(KeyboardInterrupt), l1probe.observe(pipe) as trace:
        latents(pipe, num_inference_steps=4, callback_on_step_end=stop)
    assert [step.step for step in trace.steps] == [0, 1]


def test_an_unknown_pipeline_is_refused_with_those_that_are_known():
    class SomePipeline:
        pass

    with (
        pytest.raises(UnsupportedPipeline, match=r"SomePipeline.*HunyuanVideoPipeline"),
        l1probe.observe(SomePipeline()),
    ):
        pass


@pytest.mark.parametrize(
    ("sigmas", "sampler", "state", "fact"),
    [
        (None, "euler", "stock", "without sigmas"),
        ([], None, "stock", "sigmas is empty"),
        ([1.0, 0.0], None, "stock", r"sigmas\[1\] is 0.0"),
        ([1.5], None, "stock", r"sigmas\[0\] is 1.5"),
        ([float("nan")], None, "stock", r"sigmas\[0\] is nan"),
        ([0.5, 0.5 + 1e-12], None, "stock", r"sigmas\[1\].*decrease strictly"),
        ([0.5], "ddim", "stock", "'ddim'.*euler, euler-stochastic"),
        ([0.5], None, "half", "'half'; give 'stock' or 'float32'"),
    ],
)
def test_what_cannot_run_is_refused_before_the_pipeline_is_touched(sigmas, sampler, state, fact):
    with pytest.raises(ValueError, match=fact):
        check_settings(family_of("HunyuanVideoPipeline"), sigmas, sampler, state)


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"num_inference_steps": 3}, "num_inference_steps is 3.*4 sigmas"),
        ({"sigmas": [1.0, 0.5, 0.3, 0.1]}, "passes sigmas"),
        ({"num_videos_per_prompt": 2}, "num_videos_per_prompt makes 2"),
        ({"prompt": ["a", "b"]}, "prompt makes 2"),
        ({"prompt": None, "prompt_embeds": torch.zeros(3, 4, 8)}, "prompt_embeds makes 3"),
    ],
)
def test_a_call_that_contradicts_the_block_is_refused(pipe, changes, fact):
    with pytest.raises(ValueError, match=fact), l1probe.observe(pipe, sigmas=SIGMAS):
        latents(pipe, **changes)


def test_a_stochastic_sampler_needs_the_seed_of_a_fresh_generator(pipe, bench: Bench):
    cell = make_cell(
        SIGMAS, frames=5, seed=3, solver_state=pb.SOLVER_STATE_STOCK, sampler="euler-stochastic"
    )
    with l1probe.observe(pipe, sigmas=SIGMAS, sampler="euler-stochastic") as trace:
        latents(pipe)
        used = torch.Generator().manual_seed(3)
        torch.rand(1, generator=used)
        with pytest.raises(ValueError, match="manual_seed"):
            pipe(generator=used, **CALL)
    assert [_on_the_wire(step_message(step)) for step in trace.steps] == [
        _on_the_wire(step) for step in bench.run(cell).steps
    ]


def test_a_seed_is_known_only_of_a_generator_that_has_drawn_nothing(pipe):
    with l1probe.observe(pipe) as trace:
        pipe(**CALL, num_inference_steps=1)
    assert "seed" not in trace.runs[0].axes
    assert list(trace.to_dataframe()["seed"].isna()) == [True]


def test_a_transformer_that_is_compiled_as_a_whole_is_observed_too(pipe):
    # One forward, since tracing it takes long.
    one = {"num_inference_steps": 1, "num_frames": 1, "true_cfg_scale": 1.0}
    stock = latents(pipe, **one)
    other = HunyuanVideoPipeline(**pipe.components)
    other.set_progress_bar_config(disable=True)
    other.transformer = torch.compile(pipe.transformer, backend="eager")
    with l1probe.observe(other) as trace:
        observed = latents(other, **one)
    np.testing.assert_allclose(observed.numpy(), stock.numpy(), rtol=1e-5, atol=1e-5)
    assert len(trace.steps) == 1


def test_without_pandas_steps_remain_and_the_error_says_what_to_install(pipe, monkeypatch):
    with l1probe.observe(pipe) as trace:
        latents(pipe, num_inference_steps=1)
    stock: Callable[..., Any] = builtins.__import__

    def without_pandas(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pandas":
            raise ImportError("No module named 'pandas'")
        return stock(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(ImportError, match="pip install pandas"):
        trace.to_dataframe()
    assert len(trace.steps) == 1


def test_importing_l1probe_imports_neither_torch_nor_grpc():
    program = (
        "import sys, l1probe, l1probe.records.rows, l1probe.observe.trace; "
        "assert callable(l1probe.observe); "
        "print([n for n in ('torch', 'diffusers', 'grpc', 'google.protobuf', 'pandas') "
        "if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=SERVER_PY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
