"""Starts on every family: the shape of latents, and the stock pipeline as the oracle."""

from __future__ import annotations

import torch
from conftest import PROMPT, make_cell
from diffusers import FlowMatchEulerDiscreteScheduler
from starts import start_of
from stock import fresh_pipeline, given_sigmas

from l1probe.settings import BUNDLED_MODEL
from l1probe.v1 import probe_pb2 as pb

KEEP = (pb.ARTIFACT_KIND_LATENTS, pb.ARTIFACT_KIND_TRACE)


def test_a_start_equals_the_stock_pipeline_called_with_the_same_latents(bench):
    sigmas = [0.8125, 0.4375, 0.125]
    state = 0.7 * torch.randn(1, 16, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    pipeline = fresh_pipeline(str(BUNDLED_MODEL), torch.float32)
    pipeline.scheduler = given_sigmas(FlowMatchEulerDiscreteScheduler, sigmas)
    stock = pipeline(
        prompt=PROMPT,
        negative_prompt="",
        true_cfg_scale=3.0,
        guidance_scale=1.0,
        height=64,
        width=64,
        num_frames=9,
        num_inference_steps=3,
        sigmas=sigmas,
        latents=state,
        output_type="latent",
        **bench.model.call_defaults,
    )[0]
    ours = bench.run(make_cell(sigmas, frames=9, start=start_of(state, False)), KEEP)
    assert torch.equal(ours.tensors["latents"], stock)
