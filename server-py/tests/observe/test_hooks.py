"""Observing changes nothing, and upcasting keeps the solver state precise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from conftest import PROMPT, flow_shift, make_cell
from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanVideoPipeline

from l1probe.families.hunyuan_video import HUNYUAN_VIDEO
from l1probe.observe.forward import Forward, Output, run
from l1probe.observe.observer import observing
from l1probe.observe.transformer_hook import hook_transformer
from l1probe.settings import BUNDLED_MODEL
from l1probe.v1 import probe_pb2 as pb

KEEP = (pb.ARTIFACT_KIND_LATENTS, pb.ARTIFACT_KIND_TRACE)
DTYPES = {"bench": torch.float32, "bfloat16_bench": torch.bfloat16}


def stock_latents(dtype: torch.dtype, shift: float, steps: int, **changes: object) -> torch.Tensor:
    """The stock pipeline as the article (docs/article.md) calls it: its own scheduler and grid."""
    pipeline = HunyuanVideoPipeline.from_pretrained(
        BUNDLED_MODEL, dtype={"transformer": dtype, "default": torch.float32}
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    call: dict[str, object] = {
        "prompt": PROMPT,
        "negative_prompt": "",
        "guidance_scale": 1.0,
        "true_cfg_scale": 3.0,
        "height": 64,
        "width": 64,
        "num_frames": 5,
        "num_inference_steps": steps,
        "max_sequence_length": 16,
        "generator": torch.Generator().manual_seed(3),
        "output_type": "latent",
        **changes,
    }
    return pipeline(**call).frames  # type: ignore[union-attr]


def sigmas_of(shift: float, steps: int) -> list[float]:
    scheduler: Any = FlowMatchEulerDiscreteScheduler(shift=shift)
    scheduler.set_timesteps(sigmas=[1 - i / steps for i in range(steps)])
    return scheduler.sigmas[:-1].tolist()


@pytest.mark.parametrize("shift", [1.0, 7.0])
@pytest.mark.parametrize("name", DTYPES)
def test_latents_with_the_probe_are_those_of_the_stock_pipeline_bit_for_bit(name, shift, request):
    cell = make_cell(sigmas_of(shift, 6), frames=5, seed=3, solver_state=pb.SOLVER_STATE_STOCK)
    probed = request.getfixturevalue(name).run(cell, KEEP).tensors["latents"]
    assert torch.equal(probed, stock_latents(DTYPES[name], shift, 6))


def test_each_kind_of_guidance_equals_the_stock_pipeline(bench):
    for true_cfg, embedded, negative in [(1.0, 6.0, None), (4.0, 6.0, "blue"), (1.0, 1.0, "blue")]:
        cell = make_cell(
            sigmas_of(7, 3),
            frames=5,
            seed=3,
            solver_state=pb.SOLVER_STATE_STOCK,
            true_cfg_scale=true_cfg,
            guidance_scale=embedded,
            negative_prompt=negative,
        )
        result = bench.run(cell, KEEP)
        stock = stock_latents(
            torch.float32,
            7,
            3,
            true_cfg_scale=true_cfg,
            guidance_scale=embedded,
            negative_prompt=negative,
        )
        assert torch.equal(result.tensors["latents"], stock)
        assert (pb.SIGNAL_UNCOND in result.started.signals) == (true_cfg > 1)
        for step in result.steps:
            assert [s.signal for s in step.signals] == list(result.started.signals)


def test_float32_state_keeps_a_bfloat16_models_latents_and_timesteps_fine(bfloat16_bench):
    sigmas = flow_shift(17, 50)[:8]
    lifted = bfloat16_bench.run(make_cell(sigmas), KEEP)
    stock = bfloat16_bench.run(make_cell(sigmas, solver_state=pb.SOLVER_STATE_STOCK), KEEP)

    def on_grid(x: torch.Tensor) -> bool:
        return torch.equal(x.float(), x.to(torch.bfloat16).float())

    assert lifted.tensors["latents"].dtype == torch.float32
    assert not on_grid(lifted.tensors["latents"])
    assert on_grid(stock.tensors["latents"])
    exact = [float(torch.tensor(s * 1000, dtype=torch.float32)) for s in lifted.started.sigmas]
    assert [s.timestep for s in lifted.steps] == pytest.approx(exact, abs=1e-4)
    # After the first step the stock pipeline's timesteps are bfloat16 too: some coincide.
    assert len({s.timestep for s in stock.steps}) < len(sigmas)


class Silent:
    """An observer that upcasts and records nothing."""

    upcasts = True

    def on_schedule(self, scheduler: Any) -> None: ...

    def compute(self, forward: Forward) -> Output:
        return run(forward)

    def on_forward(
        self,
        forward: Forward,
        latent_in: torch.Tensor,
        timestep: torch.Tensor,
        prediction: torch.Tensor,
    ) -> None: ...

    def on_step(self, prediction: torch.Tensor, latent_out: torch.Tensor) -> None: ...


def test_a_hook_is_inactive_in_threads_that_observe_nothing(bench):
    seen: list[str] = []

    class Eavesdropper(Silent):
        def compute(self, forward: Forward) -> Output:
            seen.append("forward")
            return super().compute(forward)

    with observing(Eavesdropper()):
        bench.run(make_cell())  # in the engine's thread, not in this one
        assert seen == []
        # In this thread the same observer would see the forward.
        zeros = torch.zeros
        bench.model.pipeline.transformer(
            hidden_states=zeros(1, 16, 1, 8, 8),
            timestep=zeros(1),
            encoder_hidden_states=zeros(1, 16, 64),
            encoder_attention_mask=torch.ones(1, 16),
            pooled_projections=zeros(1, 64),
            guidance=zeros(1),
            return_dict=False,
        )
    assert seen == ["forward"]


def test_model_code_sees_its_own_dtype_inside_forward():
    heard: dict[str, torch.dtype] = {}

    class Model(torch.nn.Module):
        @property
        def dtype(self) -> torch.dtype:
            return torch.bfloat16

        def forward(
            self, hidden_states: torch.Tensor, timestep: torch.Tensor, return_dict: bool = True
        ):
            heard.update(own=self.dtype, state=hidden_states.dtype, timestep=timestep.dtype)
            return (hidden_states,)

    class Listening(Silent):
        def on_forward(self, forward, latent_in, timestep, prediction) -> None:
            heard.update(latent_in=latent_in.dtype, prediction=prediction.dtype)

    model = Model()
    family = replace(HUNYUAN_VIDEO, low_precision_inputs=frozenset({"hidden_states"}))
    hook_transformer(model, "transformer", family)
    assert isinstance(model, Model)
    assert model.dtype == torch.bfloat16
    with observing(Listening()):
        assert model.dtype == torch.float32
        model(hidden_states=torch.ones(1), timestep=torch.ones(1))
    assert heard == {
        "own": torch.bfloat16,
        "state": torch.bfloat16,
        "timestep": torch.float32,
        "latent_in": torch.float32,
        "prediction": torch.float32,
    }
