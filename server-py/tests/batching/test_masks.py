"""Blocks run without their mask only on request; otherwise they are the stock blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from bundled_transformer import inputs_of, stock_answer, stock_transformer
from torch import Tensor, nn

from l1probe.batching.masks import make_masks_optional, without_masks


@pytest.fixture(scope="module", autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def transformer() -> Any:
    model = stock_transformer()
    make_masks_optional(model)
    return model


def masks_seen(transformer: Any, unmasked: bool) -> tuple[list[Any], Tensor]:
    """The mask of each block's forward, and the transformer's result."""
    seen: list[Any] = []

    def note(module: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        seen.append(named["attention_mask"] if "attention_mask" in named else args[3])

    blocks = [*transformer.transformer_blocks, *transformer.single_transformer_blocks]
    hooks = [block.register_forward_pre_hook(note, with_kwargs=True) for block in blocks]
    with without_masks(unmasked):
        answer = stock_answer(transformer, inputs_of([5, 9]))
    for hook in hooks:
        hook.remove()
    assert len(seen) == len(blocks)
    return seen, answer


def test_outside_the_block_a_forward_is_the_stock_forward(transformer):
    expected = stock_answer(stock_transformer(), inputs_of([5, 9]))
    assert torch.equal(stock_answer(transformer, inputs_of([5, 9])), expected)
    seen, answer = masks_seen(transformer, unmasked=False)
    assert all(isinstance(mask, Tensor) and not mask.all() for mask in seen)
    assert torch.equal(answer, expected)


def test_inside_every_block_runs_without_its_mask(transformer):
    seen, answer = masks_seen(transformer, unmasked=True)
    assert seen == [None] * len(seen)
    expected = stock_answer(transformer, inputs_of([5, 9]))
    assert not torch.equal(answer, expected), "these inputs have something to mask"


def test_a_mask_that_masks_nothing_makes_no_difference(transformer):
    full = inputs_of([16, 16])
    expected = stock_answer(transformer, full)
    with without_masks(True):
        answer = stock_answer(transformer, full)
    assert (answer - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_an_error_inside_ends_it(transformer):
    with pytest.raises(ZeroDivisionError), without_masks(True):
        _ = 1 / 0
    seen, _ = masks_seen(transformer, unmasked=False)
    assert None not in seen


class Block(nn.Module):
    def forward(self, state: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        return state if attention_mask is None else state * attention_mask


class Plain(nn.Module):
    def forward(self, state: Tensor) -> Tensor:
        return state


class Model(nn.Module):
    _repeated_blocks = ("Block", "Plain")

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block(), Plain(), nn.Identity()])


def test_a_mask_is_left_out_as_positional_and_as_keyword_argument():
    model, state, mask = Model(), torch.ones(2), torch.zeros(2)
    make_masks_optional(model)
    block = model.blocks[0]
    assert isinstance(block, Block)
    for call in (lambda: block(state, mask), lambda: block(state, attention_mask=mask)):
        assert torch.equal(call(), mask)
        with without_masks(True):
            assert torch.equal(call(), state)


def test_blocks_without_a_mask_and_modules_that_do_not_repeat_stay_as_they_are():
    model = Model()
    make_masks_optional(model)
    assert [type(block) in (Block, Plain, nn.Identity) for block in model.blocks] == [
        False,
        False,
        True,
        True,
    ]
    # One class for all blocks of a kind, so that a compiler sees one.
    assert type(model.blocks[0]) is type(model.blocks[1])
    assert type(model.blocks[0]).__name__ == "Block"
    make_masks_optional(nn.Linear(1, 1))
