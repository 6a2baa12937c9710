"""Contents of starts that a server remembers."""

from __future__ import annotations

import hashlib

import pytest
import torch

from l1probe.serving.start_store import StartStore


def test_the_least_recently_used_content_goes_first():
    store = StartStore(budget_bytes=10)
    for name in (b"a", b"b"):
        store.keep(name, name * 5)
    assert store.find(b"a") == b"aaaaa"
    store.keep(b"c", b"ccccc")
    assert [store.find(name) for name in (b"a", b"b", b"c")] == [b"aaaaa", None, b"ccccc"]
    store.keep(b"d", b"d" * 11)
    assert [store.find(name) for name in (b"a", b"c", b"d")] == [None] * 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_kept_tensor_is_found_by_the_hash_of_its_bytes(dtype):
    store, tensor = StartStore(), torch.arange(6, dtype=dtype).reshape(2, 3)
    store.keep_tensor(tensor)
    data = bytes(tensor.view(torch.uint8).flatten().tolist())
    assert store.find(hashlib.sha256(data).digest()) == data
