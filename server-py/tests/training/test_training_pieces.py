"""The parts of the training do what they are there for."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl_hunyuan_video import (
    HunyuanVideoCausalConv3d,
)
from diffusers.models.autoencoders.autoencoder_kl_wan import WanCausalConv3d

from training import autoencoder as ae
from training import folder, hunyuan_video_autoencoder, wan, world
from training.__main__ import make
from training.architecture import Prompts
from training.architectures import ARCHITECTURES
from training.convolution import convolving
from training.muon import orthogonalise
from training.progress import Progress
from training.recipe import FULL, SMOKE, Budget
from training.transformer import caption_rows
from training.world import ClipSize

CPU = torch.device("cpu")

architectures = pytest.mark.parametrize("name", sorted(ARCHITECTURES))


def fresh(name: str) -> ae.Autoencoder:
    torch.manual_seed(0)
    return ARCHITECTURES[name].new_autoencoder(SMOKE.autoencoder)


def decoded(autoencoder: ae.Autoencoder, video: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return ae.decode(autoencoder, ae.posterior(autoencoder, video).mode())


@pytest.mark.parametrize(
    ("name", "layer", "stacked"),
    [
        ("hunyuan_video", HunyuanVideoCausalConv3d, hunyuan_video_autoencoder.stacked),
        ("wan", WanCausalConv3d, wan.stacked),
    ],
)
def test_the_stacked_convolution_is_the_stock_one(name, layer, stacked):
    autoencoder = fresh(name)
    video = torch.randn(1, 3, 5, 32, 32, generator=torch.Generator().manual_seed(0))
    stock = decoded(autoencoder, video)
    with convolving(layer, stacked):
        assert torch.allclose(decoded(autoencoder, video), stock, atol=1e-4)
    assert torch.equal(decoded(autoencoder, video), stock)  # and the stock form is back


@architectures
def test_a_fresh_autoencoder_carries_colour_through(name):
    # The collapse it is built to avoid: everything becomes one gray.
    flat = torch.tensor([[0.9, -0.9, -0.9], [-0.9, 0.9, 0.9]])[:, :, None, None, None]
    with torch.no_grad():
        latents = ae.posterior(fresh(name), flat.expand(2, 3, 5, 32, 32)).mode()
    assert (latents[0] - latents[1]).abs().mean() > 0.1


@architectures
def test_whitening_evens_out_the_latents_and_keeps_what_is_decoded(name):
    architecture = ARCHITECTURES[name]
    autoencoder = fresh(name)
    generator = torch.Generator().manual_seed(1)
    video = world.draw(world.training_scenes(2, generator), ClipSize(5, 32, 32), generator).video
    before = decoded(autoencoder, video)
    architecture.whiten(autoencoder, SMOKE.autoencoder, generator)
    assert torch.allclose(before, decoded(autoencoder, video), atol=1e-3)
    latents = architecture.scaled(autoencoder, ae.encode(autoencoder, video, batch=2))
    assert 0.5 < latents.std() < 2


def test_orthogonalising_evens_out_singular_values():
    matrices = torch.randn(3, 20, 12, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrices))
    assert values.min() > 0.5
    assert values.max() < 1.4


def test_a_budget_ends_by_steps_or_by_seconds():
    by_steps = Progress(Budget(seconds=math.inf, steps=10))
    assert by_steps.rate(warmup_steps=1, last=0.1) == pytest.approx(1)
    by_steps.step = 10
    assert by_steps.fraction == 1
    assert by_steps.rate(warmup_steps=1, last=0.1) == pytest.approx(0.1)
    assert Progress(Budget(seconds=1e-9, steps=10)).fraction > 1


def test_captions_are_sometimes_left_out():
    torch.manual_seed(0)
    scene = world.training_scenes(20_000, torch.Generator().manual_seed(0))
    rows = caption_rows(scene, ClipSize(9, 64, 64), FULL.transformer)
    silent = (rows == world.CAPTION_COUNT).float().mean()
    assert silent == pytest.approx(FULL.transformer.drop_caption, abs=0.01)
    assert (rows == world.number(scene)).float().mean() > 0.7


@architectures
def test_a_fresh_transformer_predicts_zero(name):
    architecture = ARCHITECTURES[name]
    prompts = Prompts(torch.randn(1, 16, 64), torch.ones(1, 16), torch.randn(1, 64))
    with torch.no_grad():
        velocity = architecture.velocity(
            architecture.new_transformer(FULL.transformer),
            torch.randn(1, 16, 2, 4, 4),
            torch.tensor([0.5]),
            prompts,
        )
    assert not velocity.any()


@architectures
def test_one_command_makes_a_folder_that_loads_and_samples(name: str, tmp_path: Path):
    few = replace(
        SMOKE,
        autoencoder=replace(SMOKE.autoencoder, budget=Budget(seconds=20, steps=3)),
        transformer=replace(SMOKE.transformer, budget=Budget(seconds=20, steps=3)),
    )
    kept = tmp_path / "autoencoder.pt"
    out = tmp_path / "model"
    make(out, ARCHITECTURES[name], few, CPU, seed=0, commit="abc", kept=kept)
    assert kept.exists()
    assert folder.size_in_bytes(out) <= folder.LIMIT_BYTES
    record = folder.read_record(out)
    assert record["steps"] == {"autoencoder": 3, "transformer": 3}
    assert record["weights"] == "smoke"
    assert record["trained"] is False
    assert "What it is not" in (out / "README.md").read_text(encoding="utf-8")
    pipeline: Any = folder.load(out, CPU)
    frames = pipeline(
        prompt="a red circle moving right on a blue background",
        num_frames=5,
        height=32,
        width=32,
        num_inference_steps=2,
        output_type="pt",
        **folder.call_defaults(out),
    ).frames
    assert frames.shape == (1, 5, 3, 32, 32)
    assert frames.isfinite().all()
