"""If a family allows cutting text padding, the numbers stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from clip_subjects import CLIPS
from conftest import Bench
from subjects import Subject
from torch import nn

from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

LATENTS = (pb.ARTIFACT_KIND_LATENTS,)
PADDED = [subject for subject in CLIPS if subject.name in ("ltx", "mochi")]


def bench_of(subject: Subject, max_batch: int) -> Bench:
    flags = ["--device", "cpu", "--model", subject.model, "--max-batch", str(max_batch)]
    return Bench(parse_settings(flags))


@pytest.mark.parametrize("subject", PADDED, ids=lambda subject: subject.name)
@pytest.mark.filterwarnings("ignore:In CPU autocast")
def test_text_without_its_padding_predicts_the_same(subject):
    seen: list[int] = []

    def note(module: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        seen.append(named["encoder_hidden_states"].shape[1])

    prompts = ("blue", "a red circle moving right on a blue background")
    cells = [
        subject.make_cell(prompt=prompt, true_cfg_scale=1.0, seed=seed)
        for seed, prompt in enumerate(prompts)
    ]
    alone, batched = bench_of(subject, 1), bench_of(subject, 8)
    for bench in (alone, batched):
        bench.model.pipeline.transformer.register_forward_pre_hook(note, with_kwargs=True)
    expected = [alone.run(cell, LATENTS).tensors["latents"] for cell in cells]
    (padded,) = set(seen)
    seen.clear()
    together = batched.together(cells, LATENTS)
    assert max(seen) < padded / 4
    for ours, theirs in zip(together, expected, strict=True):
        difference = (ours.tensors["latents"] - theirs).abs().max()
        assert difference <= 1e-4 * theirs.abs().max()
    assert max(step.batch_size for step in together[0].steps) == 2
    alone.close()
    batched.close()
