"""Sums are those of a float64 recomputation, whatever the tensor."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from l1probe.observe.statistics import elements_per_frame, pair_sums, signal_sums, step_sums

shapes = st.tuples(
    st.just(1), st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6)
)
scales = st.sampled_from([1e-20, 1e-3, 1.0, 1e6, 1e15])
dtypes = st.sampled_from([torch.float32, torch.bfloat16, torch.float16])


def by_frame(x: torch.Tensor, axis: int) -> np.ndarray:
    """frames × elements in float64, by NumPy alone."""
    array = x.to(torch.float32).numpy().astype(np.float64)
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)


def signals(x: torch.Tensor) -> torch.Tensor:
    return signal_sums([x.movedim(2, 0)])[0]


def pairs(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return pair_sums([a.movedim(2, 0)], [b.movedim(2, 0)])[0]


@given(shape=shapes, scale=scales, seed=st.integers(0, 2**31))
def test_signal_sums_equal_a_float64_recomputation(shape, scale, seed):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * scale
    v = by_frame(x, 2)
    expected = [abs(v).sum(1), (v**2).sum(1), v.min(1), v.max(1), np.zeros(len(v))]
    np.testing.assert_allclose(signals(x).numpy(), expected, rtol=1e-12)


@given(shape=shapes, dtype=dtypes, seed=st.integers(0, 2**31))
def test_pair_sums_equal_a_float64_recomputation(shape, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(shape, generator=generator).to(dtype) for _ in range(2))
    va, vb = by_frame(a, 2), by_frame(b, 2)
    d = va - vb
    expected = [abs(d).sum(1), (d**2).sum(1), (va * vb).sum(1), abs(vb).sum(1)]
    np.testing.assert_allclose(pairs(a, b).numpy(), expected, rtol=1e-12, atol=1e-12)


def test_a_small_change_of_a_large_tensor_is_not_rounded_away():
    # 2²⁴ ones summed in float32 stop growing; half a million small differences must not.
    b = torch.ones(1, 4, 2, 256, 256)
    a = b + 2**-20
    difference, _, _, reference = pairs(a, b).sum(1).tolist()
    assert difference / reference == pytest.approx(2**-20, rel=1e-12)


def test_hand_computed_truth():
    a = torch.tensor([[[[[1.0, -2.0]], [[3.0, 0.5]]]]])  # two frames of two elements
    b = torch.tensor([[[[[0.0, -4.0]], [[1.0, 0.5]]]]])
    assert signals(a).T.tolist() == [[3, 5, -2, 1, 0], [3.5, 9.25, 0.5, 3, 0]]
    assert pairs(a, b).T.tolist() == [[3, 5, 8, 4], [2, 4, 3.25, 1.5]]
    assert elements_per_frame(a.movedim(2, 0)) == 2


def test_non_finite_elements_are_counted_and_stay_in_the_sums():
    x = torch.tensor([[[[[1.0, float("nan")]], [[float("inf"), 2.0]], [[1.0, 1.0]]]]])
    rows = signals(x)
    assert rows[4].tolist() == [1, 1, 0]
    assert torch.isnan(rows[0, 0])
    assert torch.isnan(rows[2, 0])
    assert rows[0, 1] == float("inf")
    assert rows[0, 2] == 2


def test_several_signals_are_summed_as_each_alone():
    g = torch.Generator().manual_seed(1)
    x, y = (torch.randn(3, 5, generator=g) for _ in range(2))
    assert torch.equal(signal_sums([x, y]), torch.cat((signal_sums([x]), signal_sums([y]))))
    both = pair_sums([x, y], [y, x])
    assert torch.equal(both, torch.cat((pair_sums([x], [y]), pair_sums([y], [x]))))


@given(shape=shapes, seed=st.integers(0, 2**31), count=st.integers(2, 5))
def test_a_steps_sums_are_its_head_its_signals_and_its_pairs(shape, seed, count):
    generator = torch.Generator().manual_seed(seed)
    tensors = [torch.randn(shape, generator=generator).movedim(2, 0) for _ in range(count)]
    sums = step_sums(torch.tensor(seed % 1000), tensors, tensors[1:], tensors[:-1])
    head, signal_rows, pair_rows = sums.split([1, 5 * count, 4 * (count - 1)])
    assert (head == seed % 1000).all()
    assert torch.equal(signal_rows, signal_sums(tensors).flatten(0, 1))
    assert torch.equal(pair_rows, pair_sums(tensors[1:], tensors[:-1]).flatten(0, 1))
