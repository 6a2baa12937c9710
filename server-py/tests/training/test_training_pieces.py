"""The parts of the training do what they are there for."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from training import autoencoder as ae
from training import folder, world
from training.__main__ import make
from training.muon import orthogonalise
from training.progress import Progress
from training.recipe import FULL, SMOKE, Budget
from training.transformer import caption_rows, new_transformer
from training.world import ClipSize

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def fresh() -> ae.AutoencoderKLHunyuanVideo:
    torch.manual_seed(0)
    return ae.new_autoencoder(SMOKE.autoencoder)


def test_the_stacked_convolution_is_the_stock_one(fresh):
    video = torch.randn(1, 3, 5, 32, 32, generator=torch.Generator().manual_seed(0))

    def decoded() -> torch.Tensor:
        with torch.no_grad():
            return ae.decode(fresh, ae.posterior(fresh, video).mode())

    stock = decoded()
    with ae.convolving(ae.stacked):
        assert torch.allclose(decoded(), stock, atol=1e-4)
    assert torch.equal(decoded(), stock)  # and the stock form is back


def test_a_fresh_autoencoder_carries_colour_through(fresh):
    # The collapse it is built to avoid: everything becomes one gray.
    flat = torch.tensor([[0.9, -0.9, -0.9], [-0.9, 0.9, 0.9]])[:, :, None, None, None]
    with torch.no_grad():
        latents = ae.posterior(fresh, flat.expand(2, 3, 5, 32, 32)).mode()
    assert (latents[0] - latents[1]).abs().mean() > 0.1


def test_whitening_keeps_what_is_decoded():
    torch.manual_seed(1)
    autoencoder = ae.new_autoencoder(SMOKE.autoencoder)
    generator = torch.Generator().manual_seed(1)
    video = world.draw(world.training_scenes(2, generator), ClipSize(5, 32, 32), generator).video
    with torch.no_grad():
        before = ae.decode(autoencoder, ae.posterior(autoencoder, video).mode())
        ae.whiten(autoencoder, SMOKE.autoencoder, generator)
        after = ae.decode(autoencoder, ae.posterior(autoencoder, video).mode())
        latents = ae.encode(autoencoder, video, batch=2) * ae.scaling_factor(autoencoder)
    assert torch.allclose(before, after, atol=1e-3)
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


def test_a_fresh_transformer_predicts_zero():
    transformer = new_transformer(FULL.transformer)
    with torch.no_grad():
        velocity = transformer(
            hidden_states=torch.randn(1, 16, 2, 4, 4),
            timestep=torch.tensor([500.0]),
            encoder_hidden_states=torch.randn(1, 16, 64),
            encoder_attention_mask=torch.ones(1, 16),
            pooled_projections=torch.randn(1, 64),
            guidance=torch.tensor([1000.0]),
            return_dict=False,
        )[0]
    assert not velocity.any()


def test_one_command_makes_a_folder_that_loads_and_samples(tmp_path: Path):
    few = replace(
        SMOKE,
        autoencoder=replace(SMOKE.autoencoder, budget=Budget(seconds=20, steps=3)),
        transformer=replace(SMOKE.transformer, budget=Budget(seconds=20, steps=3)),
    )
    kept = tmp_path / "autoencoder.pt"
    out = tmp_path / "model"
    make(out, few, CPU, seed=0, commit="abc", kept=kept)
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
