"""The callback of docs/article.md and the server draw the same curves.

The callback is written here from the article's formulas, over the stock pipeline and
PyTorch alone; its conditional prediction comes from a plain forward hook.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from conftest import PROMPT, flow_shift, make_cell, ratio
from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanVideoPipeline

from l1probe.settings import BUNDLED_MODEL
from l1probe.v1 import probe_pb2 as pb

STEPS = 10


def relative_change(now: torch.Tensor, before: torch.Tensor) -> float:
    return ((now - before).abs().mean() / before.abs().mean()).item()


class ArticlePipeline(HunyuanVideoPipeline):
    """The stock pipeline, allowed to show a callback what its loop holds."""

    _callback_tensor_inputs = ("latents", "noise_pred", "latent_model_input")  # type: ignore[assignment]


def article_curves(shift: float) -> dict[str, list[float]]:
    pipeline: Any = ArticlePipeline.from_pretrained(BUNDLED_MODEL, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    predictions: list[torch.Tensor] = []
    pipeline.transformer.register_forward_hook(lambda m, i, out: predictions.append(out[0]))
    curves: dict[str, list[float]] = {"timestep": [], "latent": [], "cond": [], "cfg": []}
    before: dict[str, torch.Tensor] = {}

    def callback(pipe: Any, step: int, timestep: torch.Tensor, kwargs: dict[str, torch.Tensor]):
        cond, _uncond = predictions[-2:]
        curves["timestep"].append(timestep.item())
        curves["latent"].append(relative_change(kwargs["latents"], kwargs["latent_model_input"]))
        for name, now in (("cond", cond), ("cfg", kwargs["noise_pred"])):
            if name in before:
                curves[name].append(relative_change(now, before[name]))
            before[name] = now
        return {}

    pipeline(
        prompt=PROMPT,
        negative_prompt="",
        height=64,
        width=64,
        num_frames=9,
        num_inference_steps=STEPS,
        true_cfg_scale=6.0,
        guidance_scale=1.0,
        max_sequence_length=16,
        generator=torch.Generator().manual_seed(7),
        output_type="latent",
        callback_on_step_end=callback,
        callback_on_step_end_tensor_inputs=["latents", "noise_pred", "latent_model_input"],
    )
    return curves


@pytest.mark.parametrize("shift", [1.0, 7.0])
def test_three_curves_equal_the_articles_within_1e_5(bench, shift):
    expected = article_curves(shift)
    cell = make_cell(
        flow_shift(shift, STEPS),
        frames=9,
        seed=7,
        true_cfg_scale=6.0,
        solver_state=pb.SOLVER_STATE_STOCK,
    )
    steps = bench.run(cell).steps
    curves = {
        "timestep": [s.timestep for s in steps],
        "latent": [ratio(s, pb.DIFFERENCE_LATENT) for s in steps],
        "cond": [ratio(s, pb.DIFFERENCE_COND) for s in steps[1:]],
        "cfg": [ratio(s, pb.DIFFERENCE_CFG) for s in steps[1:]],
    }
    assert [len(curve) for curve in expected.values()] == [STEPS, STEPS, STEPS - 1, STEPS - 1]
    for name, curve in curves.items():
        tolerance = 1e-3 if name == "timestep" else 1e-5
        assert curve == pytest.approx(expected[name], abs=tolerance), name
