"""The contract's enums as types; at run time protobuf's enums are plain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from l1probe.v1.probe_pb2 import ArtifactKind, Difference, Signal, Weights
else:
    ArtifactKind = Difference = Signal = Weights = int

__all__ = ["ArtifactKind", "Difference", "Signal", "Weights"]
