"""Splitting inverts joining, and inputs that cannot be joined are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy_forwards import Toy, expected, toy_forward

from l1probe.batching.batch import batch_key, join, split
from l1probe.observe.forward import Forward, run

TOY = Toy()
counts_of_rows = st.lists(st.integers(1, 3), min_size=1, max_size=5)
inner_shapes = st.lists(st.integers(1, 3), max_size=3)


def states(counts: list[int], inner: list[int], seed: int = 0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(count, *inner, generator=generator) for count in counts]


@given(counts_of_rows, inner_shapes, st.integers(0, 4), st.integers(0, 2**31))
def test_splitting_a_joined_batch_returns_each_part(counts, inner, padding, seed):
    tensors = states(counts, inner, seed)
    forwards = [toy_forward(TOY, state, k) for k, state in enumerate(tensors)]
    rows = sum(counts) + padding
    inputs = join(forwards, rows)
    assert {name: len(value) for name, value in inputs.items()} == {
        "hidden_states": rows,
        "timestep": rows,
    }
    back = split((inputs["hidden_states"], inputs["timestep"]), forwards)
    for forward, (state, timestep) in zip(forwards, back, strict=True):
        assert torch.equal(state, forward.inputs["hidden_states"])
        assert torch.equal(timestep, forward.inputs["timestep"])
    for k in range(padding):
        assert torch.equal(inputs["hidden_states"][rows - 1 - k], tensors[-1][-1])


@given(counts_of_rows, st.integers(0, 4))
def test_a_joined_forward_equals_single_forwards(counts, padding):
    forwards = [toy_forward(TOY, s, k) for k, s in enumerate(states(counts, [2, 3]))]
    inputs = join(forwards, sum(counts) + padding)
    answers = split(run(replace(forwards[0], inputs=inputs)), forwards)
    for forward, (answer,) in zip(forwards, answers, strict=True):
        assert torch.equal(answer, expected(forward))


def test_a_single_unpadded_forward_is_passed_unchanged():
    forward = toy_forward(TOY, torch.ones(2, 3), anything=object())
    inputs = join([forward], 2)
    assert all(inputs[name] is value for name, value in forward.inputs.items())


def test_lists_of_samples_join_whatever_their_lengths():
    def forward(rows: int, *tokens: int) -> Forward:
        texts = [torch.zeros(count, 4) for count in tokens]
        return toy_forward(TOY, torch.ones(rows, 3), texts=texts)

    one, two = forward(1, 5), forward(2, 6, 7)
    assert batch_key(one) == batch_key(two)
    joined = join([one, two], 4)["texts"]
    assert [len(text) for text in joined] == [5, 6, 7, 7]
    wider = toy_forward(TOY, torch.ones(1, 3), texts=[torch.zeros(5, 8)])
    assert batch_key(one) != batch_key(wider)


def test_shared_inputs_are_taken_once_and_lists_are_joined_per_sample():
    ids = torch.arange(12).reshape(6, 2)
    forwards = [
        toy_forward(
            TOY,
            torch.full((2, 1), float(k)),
            shared_inputs=frozenset({"ids"}),
            ids=ids,
            pictures=[torch.full((1, 4), 10.0 * k), torch.full((1, 4), 10.0 * k + 1)],
            scale=0.5,
            extra=None,
        )
        for k in range(2)
    ]
    inputs = join(forwards, 5)
    assert inputs["ids"] is ids
    assert [int(picture[0, 0]) for picture in inputs["pictures"]] == [0, 1, 10, 11, 11]
    assert (inputs["scale"], inputs["extra"]) == (0.5, None)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (torch.ones(7, 4), r"shape \(7, 4\)"),
        (torch.tensor(1.0), r"shape \(\)"),
        ((torch.ones(7, 4), torch.ones(7, 4)), "a tuple of 2"),
        ([torch.ones(7, 4)] * 3, "a list of 3"),
    ],
    ids=["another axis", "no axis", "a tuple", "a list of another length"],
)
def test_an_input_without_a_batch_axis_is_refused_by_name(value, shape):
    forwards = [toy_forward(TOY, torch.ones(2, 3), position=value) for _ in range(2)]
    with pytest.raises(TypeError, match=f"input position, {shape}.*of 2; name it"):
        join(forwards, 4)


def test_settings_without_tensors_need_no_batch_axis():
    scales = {"rope": (1.0, 0.5, 2.0), "sizes": [[4, 4]], "kwargs": {"scale": 1}}
    forwards = [toy_forward(TOY, torch.ones(2, 3), **scales) for _ in range(2)]
    inputs = join(forwards, 4)
    assert {name: inputs[name] for name in scales} == scales


def test_forwards_that_differ_only_in_values_can_be_joined():
    a = toy_forward(TOY, torch.zeros(1, 4), 1.0, mask=torch.ones(1, 8), scale=2.0)
    b = toy_forward(TOY, torch.ones(3, 4), 0.5, mask=torch.zeros(3, 8), scale=2.0)
    assert batch_key(a) == batch_key(b)


BASE = {"state": torch.zeros(2, 4), "scale": 2.0, "ids": torch.zeros(6, 2), "rows": [torch.ones(1)]}
OTHERS = {
    "the state's shape": {"state": torch.zeros(2, 5)},
    "the state's dtype": {"state": torch.zeros(2, 4, dtype=torch.float64)},
    "a setting": {"scale": 2.5},
    "the count of what is shared": {"ids": torch.zeros(7, 2)},
    "a list's inner shape": {"rows": [torch.ones(1, 1)]},
    "one more input": {"more": None},
    "the module": {"module": Toy()},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_forwards_with_other_shapes_or_settings_cannot_be_joined(changes):
    def of(module: Toy = TOY, **inputs):
        return batch_key(toy_forward(module, shared_inputs=frozenset({"ids"}), **inputs))

    assert of(**BASE) == of(**BASE)
    assert of(**BASE) != of(**{**BASE, **changes})
