"""Starts of cells, as the client sends them."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from l1probe.v1 import probe_pb2 as pb

DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def start_of(latents: Tensor, noised: bool) -> pb.Start:
    """A tensor as the client sends it."""
    data = latents.contiguous().view(torch.uint8).numpy().tobytes()
    return pb.Start(
        kind=pb.START_KIND_LATENTS,
        sha256=hashlib.sha256(data).digest(),
        data=data,
        shape=latents.shape,
        dtype=DTYPES[latents.dtype],
        noised=noised,
    )
