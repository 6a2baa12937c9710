"""Runs that start from a kept latent or state instead of pure noise."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from conftest import Bench, flow_shift, make_cell
from safetensors import safe_open
from starts import DTYPES, start_of
from torch import Tensor

from l1probe.v1 import probe_pb2 as pb

KEEP = (pb.ARTIFACT_KIND_LATENTS, pb.ARTIFACT_KIND_TRACE)
SIGMAS = flow_shift(7, 6)


def noise_of(bench: Bench, **changes: Any) -> Tensor:
    """What the cell's seed starts from without a start."""
    return bench.run(make_cell([1.0], **changes), KEEP).tensors["latent_in.0000"]


@pytest.mark.parametrize("after", [1, 2, 5])
def test_continuing_from_a_kept_state_is_the_rest_of_the_run_bit_for_bit(bench, after):
    whole = bench.run(make_cell(SIGMAS, frames=9), KEEP)
    state = whole.tensors[f"latent_out.{after - 1:04d}"]
    rest = bench.run(make_cell(SIGMAS[after:], frames=9, start=start_of(state, False)), KEEP)
    assert len(rest.steps) == len(SIGMAS) - after
    assert torch.equal(rest.tensors["latents"], whole.tensors["latents"])
    for step in range(len(rest.steps)):
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
