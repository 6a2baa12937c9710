"""Text tokens are counted if they are all at the front, and cut without changing anything else."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from l1probe.batching.padded_text import cut_text, valid_tokens
from l1probe.families.family import PaddedText

BY_HAND = {
    "all text": ([[1, 1, 1]], 3),
    "padded": ([[1, 1, 0, 0]], 2),
    "equal rows": ([[1, 0, 0], [1, 0, 0]], 1),
    "rows of different lengths": ([[1, 0, 0], [1, 1, 0]], None),
    "a hole": ([[1, 0, 1, 0]], None),
    "padding first": ([[0, 1, 1]], None),
    "a hole in one row": ([[1, 1, 0], [1, 0, 1]], None),
    "no text": ([[0, 0, 0]], None),
    "one row without text": ([[1, 1], [0, 0]], None),
    "no tokens": ([[]], None),
}


@pytest.mark.parametrize(("mask", "tokens"), BY_HAND.values(), ids=BY_HAND)
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.float32, torch.bfloat16])
def test_masks_by_hand(mask, tokens, dtype):
    assert valid_tokens(torch.tensor(mask, dtype=dtype)) == tokens


masks = st.integers(1, 8).flatmap(
    lambda tokens: st.lists(
        st.lists(st.booleans(), min_size=tokens, max_size=tokens), min_size=1, max_size=3
    )
)
fronts = st.builds(
    lambda rows, text, padding: [[True] * text + [False] * padding] * rows,
    st.integers(1, 3),
    st.integers(1, 300),
    st.integers(0, 300),
)


@given(masks | fronts)
def test_tokens_are_counted_if_every_row_has_the_same_number_and_then_padding(mask):
    first = mask[0]
    count = sum(first)
    is_front = first == [True] * count + [False] * (len(first) - count)
    equal = is_front and count > 0 and all(row == first for row in mask)
    assert valid_tokens(torch.tensor(mask)) == (count if equal else None)


def test_cutting_shortens_only_the_text_and_its_mask():
    text = PaddedText("words", "present")
    inputs = {
        "words": torch.arange(24.0).reshape(2, 4, 3),
        "present": torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0]]),
        "state": torch.ones(2, 4),
        "scale": 3.0,
    }
    short = cut_text(inputs, text, 2)
    assert torch.equal(short["words"], inputs["words"][:, :2])
    assert short["present"].tolist() == [[1, 1], [1, 1]]
    assert short["state"] is inputs["state"]
    assert list(short) == list(inputs)
    assert inputs["words"].shape == (2, 4, 3)
