"""A batch in compiled sizes, without text padding, equals single stock forwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from bundled_transformer import TOKENS, forward_of, inputs_of, stock_answer, stock_transformer
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from toy_forwards import Toy, expected, toy_forward

from l1probe.batching import evaluator
from l1probe.batching.compilation import batch_sizes
from l1probe.batching.evaluator import FULL_ENOUGH, Batched, Unbatched
from l1probe.batching.forward_times import ForwardTimes
from l1probe.batching.masks import make_masks_optional
from l1probe.families.family import PaddedText
from l1probe.families.hunyuan_video import HUNYUAN_VIDEO
from l1probe.observe.readback import Readback


@pytest.fixture(scope="module")
def times() -> Iterator[ForwardTimes]:
    readback = Readback()
    with torch.no_grad():
        yield ForwardTimes(readback, torch.device("cpu"))
    readback.close()


def toy_forwards(module: nn.Module, rows: list[int]) -> list[Any]:
    states = torch.arange(float(sum(rows) * 2)).reshape(-1, 2).split(rows)
    return [toy_forward(module, state, k) for k, state in enumerate(states)]


def test_alone_every_forward_is_its_own(times):
    toy = Toy()
    forwards = toy_forwards(toy, [1, 2, 1])
    answers = Unbatched(times).evaluate(forwards)
    assert toy.rows == [1, 2, 1]
    assert [answer.batch_size for answer in answers] == [1, 2, 1]
    for forward, answer in zip(forwards, answers, strict=True):
        assert torch.equal(answer.output[0], expected(forward))


rows_of_forwards = st.lists(st.integers(1, 2), min_size=1, max_size=20)


@given(rows_of_forwards)
def test_where_nothing_is_compiled_a_batch_has_the_rows_that_were_asked(times, rows):
    toy = Toy()
    forwards = toy_forwards(toy, rows)
    answers = Batched(times).evaluate(forwards)
    assert toy.rows == [sum(rows)]
    for forward, answer in zip(forwards, answers, strict=True):
        assert answer.batch_size == sum(rows)
        assert torch.equal(answer.output[0], expected(forward))


@given(rows_of_forwards, st.integers(2, 48))
def test_compiled_sizes_are_kept_and_never_mostly_padding(times, rows, max_batch):
    while sum(rows) > max_batch:
        rows.pop()
    sizes, toy = batch_sizes(max_batch), Toy()
    forwards = toy_forwards(toy, rows)
    answers = Batched(times, sizes).evaluate(forwards)
    for forward, answer in zip(forwards, answers, strict=True):
        assert torch.equal(answer.output[0], expected(forward))
    assert set(toy.rows) <= set(sizes)
    assert sum(toy.rows) * FULL_ENOUGH <= sum(rows)
    # The recorded batch size is that of the transformer's input.
    assert {answer.batch_size for answer in answers} == set(toy.rows)


@pytest.mark.parametrize(
    ("rows", "batches"), [(1, [1]), (3, [4]), (5, [4, 1]), (6, [8]), (9, [8, 1]), (11, [8, 4])]
)
def test_sizes_by_hand(times, rows, batches):
    toy = Toy()
    Batched(times, batch_sizes(16)).evaluate(toy_forwards(toy, [1] * rows))
    assert toy.rows == batches


def test_a_single_forward_above_every_size_runs_as_it_is(times):
    toy = Toy()
    (answer,) = Batched(times, (1,)).evaluate(toy_forwards(toy, [2]))
    assert (toy.rows, answer.batch_size) == ([2], 2)


@dataclass
class Seen:
    """The inputs of the bundled transformer and of its blocks."""

    tokens: list[int] = field(default_factory=list)
    masked: list[bool] = field(default_factory=list)


@pytest.fixture(scope="module")
def stock() -> Any:
    return stock_transformer()


@pytest.fixture
def watched() -> tuple[Any, Seen]:
    transformer, seen = stock_transformer(), Seen()
    make_masks_optional(transformer)

    def note(module: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        seen.tokens.append(named["encoder_hidden_states"].shape[1])

    def note_block(module: nn.Module, args: tuple[Any, ...]) -> None:
        seen.masked.append(args[3] is not None)

    transformer.register_forward_pre_hook(note, with_kwargs=True)
    for block in (*transformer.transformer_blocks, *transformer.single_transformer_blocks):
        block.register_forward_pre_hook(note_block)
    return transformer, seen


HOLE = [0]
CUTS = {
    "equal": ([[5], [5], [5]], 5, False),
    "full": ([[TOKENS], [TOKENS]], TOKENS, False),
    "of one forward": ([[3]], 3, False),
    "mixed": ([[5], [9]], 9, True),
    "equal samples of one forward": ([[4, 4], [4, 4]], 4, False),
    "mixed samples of one forward": ([[4, 6], [4, 6]], TOKENS, True),
    "one of them with a hole": ([[5], HOLE], TOKENS, True),
}


@pytest.mark.parametrize(("lengths", "tokens", "masked"), CUTS.values(), ids=CUTS)
def test_text_is_cut_and_masks_go_only_where_the_answer_stays(
    times, stock, watched, lengths, tokens, masked
):
    transformer, seen = watched
    inputs = [
        with_a_hole(seed) if own is HOLE else inputs_of(own, seed, 900.0 - 100 * seed)
        for seed, own in enumerate(lengths)
    ]
    batched = Batched(times, text=HUNYUAN_VIDEO.padded_text)
    answers = batched.evaluate([forward_of(transformer, one) for one in inputs])
    assert seen.tokens == [tokens]
    assert set(seen.masked) == {masked}
    for one, answer in zip(inputs, answers, strict=True):
        wanted = stock_answer(stock, one)
        assert (answer.output[0] - wanted).abs().max() <= 1e-5 * wanted.abs().max()


def with_a_hole(seed: int) -> dict[str, Any]:
    inputs = inputs_of([6], seed)
    inputs["encoder_attention_mask"][0, 2] = 0
    return inputs


def test_where_blocks_mask_more_than_text_they_keep_their_masks(times, stock, watched):
    transformer, seen = watched
    text = PaddedText("encoder_hidden_states", "encoder_attention_mask", is_all=False)
    inputs = [inputs_of([5], seed) for seed in range(2)]
    answers = Batched(times, text=text).evaluate([forward_of(transformer, one) for one in inputs])
    assert seen.tokens == [5]
    assert set(seen.masked) == {True}
    for one, answer in zip(inputs, answers, strict=True):
        wanted = stock_answer(stock, one)
        assert (answer.output[0] - wanted).abs().max() <= 1e-5 * wanted.abs().max()


def test_where_the_family_pads_no_text_nothing_is_cut(times, watched):
    transformer, seen = watched
    batched, forward = Batched(times), forward_of(transformer, inputs_of([5]))
    assert batched.length_key(forward) == 0
    batched.evaluate([forward])
    assert seen.tokens == [TOKENS]
    assert set(seen.masked) == {True}


def test_forwards_of_equal_text_are_near_each_other(times, stock):
    batched = Batched(times, text=HUNYUAN_VIDEO.padded_text)
    near = [batched.length_key(forward_of(stock, inputs_of([n]))) for n in (3, 7, TOKENS)]
    assert near == [3, 7, TOKENS]
    assert batched.length_key(forward_of(stock, with_a_hole(0))) == 0
    without = {k: v for k, v in inputs_of([3]).items() if k != "encoder_attention_mask"}
    assert batched.length_key(forward_of(stock, without)) == 0


def test_a_mask_is_read_once_however_many_steps_have_it(times, watched, monkeypatch):
    transformer, _ = watched
    read: list[Tensor] = []
    count = evaluator.valid_tokens

    def counting(mask: Tensor) -> int | None:
        read.append(mask)
        return count(mask)

    monkeypatch.setattr(evaluator, "valid_tokens", counting)
    batched = Batched(times, text=HUNYUAN_VIDEO.padded_text)
    one, other = inputs_of([5]), inputs_of([9])
    for _ in range(3):
        forwards = [forward_of(transformer, inputs) for inputs in (one, other)]
        for forward in forwards:
            batched.length_key(forward)
        batched.evaluate(forwards)
    assert len(read) == 2
