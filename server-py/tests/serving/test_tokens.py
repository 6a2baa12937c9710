"""How many tokens of a prompt each text encoder reads, and what is cut."""

from __future__ import annotations

import asyncio

import pytest
from conftest import Bench, make_cell
from transformers import AutoTokenizer

from l1probe.serving.service import ProbeService
from l1probe.settings import BUNDLED_MODEL, parse_settings
from l1probe.v1 import probe_pb2 as pb

#: Of the bundled model: its own `max_sequence_length`, and CLIP's.
LIMITS = {"text_encoder": 16, "text_encoder_2": 77}
WORDS = ["a", "red", "circle", "moves", "right", "over", "the", "blue", "ground", "while"]


def long_prompt(last: str) -> str:
    """Three hundred words, the last of which is given."""
    return " ".join([WORDS[i % len(WORDS)] for i in range(299)] + [last])


def test_two_long_prompts_with_one_result_say_what_was_cut(bench: Bench):
    prompts = [long_prompt("square"), long_prompt("triangle")]
    first, second = (
        bench.run(make_cell(prompt=prompt), (pb.ARTIFACT_KIND_LATENTS,)) for prompt in prompts
    )
    assert first.tensors["latents"].equal(second.tensors["latents"])
    for result, last in ((first, "square"), (second, "triangle")):
        counts = [count for count in result.started.tokens if not count.negative]
        assert {count.encoder: count.kept for count in counts} == LIMITS
        assert all(count.tokens > 300 for count in counts)
        assert all(count.cut.endswith(last) for count in counts)


def test_counts_are_those_of_the_tokenizers_called_directly(bench: Bench):
    language, clip = (
        AutoTokenizer.from_pretrained(BUNDLED_MODEL / name) for name in ("tokenizer", "tokenizer_2")
    )
    whole = long_prompt("square")
    template = bench.model.pipeline.encode_prompt.__func__.__globals__["DEFAULT_PROMPT_TEMPLATE"]
    in_template = language(template["template"].format(whole)).input_ids
    in_clip = clip(whole).input_ids
    cell = make_cell(prompt=whole, negative_prompt="a blue square", true_cfg_scale=2.0)
    counts = list(bench.run(cell).started.tokens)
    assert [(c.encoder, c.negative, c.tokens, c.kept) for c in counts[:2]] == [
        ("text_encoder", False, len(in_template) - template["crop_start"], 16),
        ("text_encoder_2", False, len(in_clip), 77),
    ]
    # CLIP keeps the beginning, then its end token.
    assert counts[1].cut.startswith(clip.decode(in_clip[76:80]))
    negative = len(clip("a blue square").input_ids)
    (last,) = (c for c in counts if c.negative and c.encoder == "text_encoder_2")
    assert (last.tokens, last.kept, last.cut) == (negative, negative, "")
    alone = bench.run(make_cell(true_cfg_scale=1.0, negative_prompt=None)).started.tokens
    assert [c.negative for c in alone] == [False, False]


def test_describe_and_count_tokens_say_it_before_any_work(bench: Bench):
    service = ProbeService(bench.settings)
    service.open(bench.engine)
    described = asyncio.run(service.Describe(pb.DescribeRequest(), None))
    assert {encoder.name: encoder.limit for encoder in described.text_encoders} == LIMITS
    request = pb.CountTokensRequest(prompts=["a red circle", long_prompt("square"), ""])
    answer = asyncio.run(service.CountTokens(request, None))
    short, whole, empty = answer.prompts
    assert [count.cut for count in [*short.encoders, *empty.encoders]] == [""] * 4
    assert [count.tokens for count in short.encoders] == [
        count.tokens for count in bench.engine.tokens.of_prompt("a red circle")
    ]
    assert all(count.kept < count.tokens and "…" in count.cut for count in whole.encoders)


@pytest.mark.parametrize(
    ("model", "limits"),
    [
        ("random:tiny-flux", {"text_encoder": 77, "text_encoder_2": 512}),
        (
            "random:tiny-sd3",
            {"text_encoder": 77, "text_encoder_2": 77, "text_encoder_3": 256},
        ),
    ],
)
def test_image_models_count_for_each_of_their_encoders(model: str, limits: dict[str, int]):
    bench = Bench(parse_settings(["--device", "cpu", "--model", model]))
    try:
        assert {text.name: text.limit for text in bench.engine.tokens.encoders} == limits
        counts = {c.encoder: c for c in bench.engine.tokens.of_prompt(long_prompt("square"))}
        for encoder, limit in limits.items():
            tokenizer = getattr(bench.model.pipeline, encoder.replace("text_encoder", "tokenizer"))
            assert counts[encoder].tokens == len(tokenizer(long_prompt("square")).input_ids)
            assert counts[encoder].kept == min(limit, counts[encoder].tokens)
    finally:
        bench.close()
