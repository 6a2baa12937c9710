"""Runs that start from a kept latent or state instead of pure noise."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import imageio.v3
import numpy as np
import pytest
import torch
from conftest import Bench, flow_shift, make_cell
from PIL import Image, ImageDraw
from safetensors import safe_open
from starts import DTYPES, start_of
from torch import Tensor

from l1probe.serving.validation import InvalidCell, check_request
from l1probe.v1 import probe_pb2 as pb

KEEP = (pb.ARTIFACT_KIND_LATENTS, pb.ARTIFACT_KIND_TRACE)
SIGMAS = flow_shift(7, 6)


def noise_of(bench: Bench, **changes: Any) -> Tensor:
    """What the cell's seed starts from without a start."""
    return bench.run(make_cell([1.0], **changes), KEEP).tensors["latent_in.0000"]


@pytest.mark.parametrize(
    ("sampler", "after"), [("euler", 1), ("euler", 2), ("euler", 5), ("heun", 2)]
)
def test_continuing_from_a_kept_state_is_the_rest_of_the_run_bit_for_bit(bench, sampler, after):
    keep = (*KEEP, pb.ARTIFACT_KIND_STATES)
    whole = bench.run(make_cell(SIGMAS, frames=9, sampler=sampler), keep, states_at=[after])
    start = start_of(whole.tensors[f"state.{after:04d}"], noised=False)
    rest = bench.run(make_cell(SIGMAS[after:], frames=9, sampler=sampler, start=start), KEEP)
    assert [step.sigma for step in rest.steps] == [
        step.sigma for step in whole.steps if step.step >= after
    ]
    assert torch.equal(rest.tensors["latents"], whole.tensors["latents"])
    for step in range(len(SIGMAS) - after):
        for name in ("latent_in", "cond", "uncond", "cfg", "latent_out"):
            ours, theirs = f"{name}.{step:04d}", f"{name}.{step + after:04d}"
            assert torch.equal(rest.tensors[ours], whole.tensors[theirs])


@pytest.mark.parametrize("dtype", DTYPES, ids=DTYPES.values())
def test_a_noised_start_is_the_closed_form_in_float64_rounded_once(bench, dtype):
    clean = bench.run(make_cell(), KEEP).tensors["latents"].to(dtype)
    sigmas = [0.6131, 0.25]
    first = bench.run(make_cell(sigmas, seed=5, start=start_of(clean, True)), KEEP)
    sigma = torch.tensor(sigmas[0]).to(torch.float64)
    wanted = (1 - sigma) * clean.double() + sigma * noise_of(bench, seed=5).double()
    assert torch.equal(first.tensors["latent_in.0000"], wanted.float())


def test_at_sigma_one_a_noised_start_changes_nothing(bench):
    clean = bench.run(make_cell(), KEEP).tensors["latents"]
    plain = bench.run(make_cell(seed=3), KEEP)
    started = bench.run(make_cell(seed=3, start=start_of(clean, True)), KEEP)
    assert torch.equal(plain.tensors["latents"], started.tensors["latents"])


def test_kept_states_are_those_of_the_trace_and_say_their_sigma(bench):
    keep = (pb.ARTIFACT_KIND_STATES, pb.ARTIFACT_KIND_TRACE)
    cell = make_cell(sampler="heun")
    result = bench.run(cell, keep, states_at=[1, 3, 4])
    for done, last in ((1, "0000.1"), (3, "0002.1"), (4, "0003")):
        kept = result.tensors[f"state.{done:04d}"]
        assert torch.equal(kept, result.tensors[f"latent_out.{last}"])
    [path] = [
        bench.store.path(artifact.artifact_id)
        for artifact in result.finished.artifacts
        if artifact.kind == pb.ARTIFACT_KIND_STATES
    ]
    with safe_open(path, "pt") as file:
        assert set(file.keys()) == {"state.0001", "state.0003", "state.0004"}
        sigmas = json.loads(file.metadata()["sigmas"])
    ran = [*result.started.sigmas, 0.0]
    assert sigmas == {f"state.{done:04d}": ran[done] for done in (1, 3, 4)}


def test_cells_of_different_starts_share_no_first_step(batched_bench):
    noise = torch.randn(1, 16, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    starts = [None, start_of(noise, True), start_of(noise, False), start_of(-noise, False)]
    starts.append(starts[2])
    cells = [make_cell([0.5, 0.25], start=start) for start in starts]
    results = batched_bench.together(cells, KEEP)
    states = [result.tensors["latent_in.0000"] for result in results]
    outputs = [result.tensors["cond.0000"] for result in results]
    assert [result.steps[0].shared for result in results] == [False] * 4 + [True]
    for one in range(4):
        for other in range(one):
            assert not torch.equal(states[one], states[other])
            assert not torch.equal(outputs[one], outputs[other])
    assert torch.equal(outputs[2], outputs[4])


def clip_of(frames: int, height: int = 64, width: int = 64) -> list[Image.Image]:
    """A ball that moves over a gradient: what the bundled model's VAE was trained on looks so."""
    pictures = []
    for k in range(frames):
        picture = Image.new("RGB", (width, height), (40, 60, 160))
        ImageDraw.Draw(picture).ellipse((8 + 3 * k, 20, 28 + 3 * k, 40), fill=(220, 30, 30))
        pictures.append(picture)
    return pictures


def encoded(pictures: list[Image.Image], form: str) -> pb.Start:
    """Pictures in one file."""
    buffer = io.BytesIO()
    if form == "mp4":
        arrays = np.stack([np.array(picture) for picture in pictures])
        data = imageio.v3.imwrite("<bytes>", arrays, extension=".mp4", plugin="FFMPEG", fps=15)
    else:
        pictures[0].save(buffer, form, save_all=len(pictures) > 1, append_images=pictures[1:])
        data = buffer.getvalue()
    kind = pb.START_KIND_CLIP if form in ("mp4", "gif") else pb.START_KIND_IMAGE
    return pb.Start(kind=kind, sha256=hashlib.sha256(data).digest(), data=data, noised=False)


@pytest.mark.parametrize(("form", "frames"), [("png", 1), ("gif", 9), ("mp4", 9)])
def test_an_image_and_a_clip_go_through_the_vae_and_come_back(bench, form, frames):
    pictures = clip_of(frames)
    # Next to no noise is left to remove, so the clip is what was given, up to the VAE.
    cell = make_cell([1e-6], frames=frames, true_cfg_scale=1.0, start=encoded(pictures, form))
    check_request(pb.RunRequest(cell=cell), bench.model.family, bench.settings)
    latents = bench.run(cell, KEEP).tensors["latents"]
    vae = bench.model.pipeline.vae
    decoded = vae.decode(latents / vae.config.scaling_factor).sample
    given = np.stack([np.array(picture) for picture in pictures]).astype(np.float64) / 255
    back = (decoded[0].detach().permute(1, 2, 3, 0).clamp(-1, 1).double().numpy() + 1) / 2
    assert back.shape == given.shape
    assert np.sqrt(np.mean((back - given) ** 2)) < 0.06


@pytest.mark.parametrize(
    ("pictures", "form", "sentence"),
    [
        (clip_of(5), "gif", "has 5 frames; the cell has 9"),
        (clip_of(13), "mp4", "has more than 9 frames; the cell has 9"),
        (clip_of(9, 48), "gif", "64×48 pixels; the cell has 64×64"),
        (clip_of(1), "png", "has 1 frames; the cell has 9"),
    ],
)
def test_a_clip_that_does_not_fit_is_refused(bench, pictures, form, sentence):
    request = pb.RunRequest(cell=make_cell(frames=9, start=encoded(pictures, form)))
    with pytest.raises(InvalidCell) as refusal:
        check_request(request, bench.model.family, bench.settings)
    assert sentence in str(refusal.value)


def test_bytes_that_are_no_clip_are_refused(bench):
    for data in (b"", b"GIF89a", b"\0\0\0\x18ftypmp42" + bytes(40), b"ffconcat version 1.0"):
        start = pb.Start(
            kind=pb.START_KIND_CLIP, sha256=hashlib.sha256(data).digest(), data=data, noised=True
        )
        with pytest.raises(InvalidCell, match="bytes that are "):
            check_request(
                pb.RunRequest(cell=make_cell(start=start)), bench.model.family, bench.settings
            )
