"""Contents of starts that this server has, so that many cells from one state send it once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import torch
from torch import Tensor

#: Contents kept in memory; the least recently used go first.
BUDGET_BYTES = 512 << 20


class StartStore:
    """Contents by their sha256; safe to use from any thread."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._contents: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, sha256: bytes, data: bytes) -> None:
        """Remembers a content whose sha256 was checked."""
        with self._lock:
            if sha256 not in self._contents:
                self._contents[sha256] = data
                self._bytes += len(data)
            self._contents.move_to_end(sha256)
            while self._bytes > self._budget:
                self._bytes -= len(self._contents.popitem(last=False)[1])

    def keep_tensor(self, tensor: Tensor) -> None:
        """Remembers a contiguous tensor on the CPU by its bytes, as safetensors has them."""
        data = tensor.flatten().view(torch.uint8).numpy().tobytes()
        self.keep(hashlib.sha256(data).digest(), data)

    def find(self, sha256: bytes) -> bytes | None:
        """The content; None if it is unknown or was dropped."""
        with self._lock:
            data = self._contents.get(sha256)
            if data is not None:
                self._contents.move_to_end(sha256)
            return data
