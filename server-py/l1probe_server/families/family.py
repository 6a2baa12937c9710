"""What a model family must tell so that its stock pipeline can be observed and steered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from l1probe.v1.probe_pb2 import Cell


@dataclass(frozen=True)
class Shape:
    """Sizes that the model can sample: multiples, with frames = frame_multiple·k + 1."""

    height_multiple: int
    width_multiple: int
    frame_multiple: int


@dataclass(frozen=True)
class Family:
    """One family: where its seams are and how a cell becomes its pipeline's arguments.

    Attributes:
        name: in records, for example `hunyuan_video`.
        pipeline_classes: diffusers classes that this adapter runs.
        transformers: components whose forward is the first seam.
        frame_axis: the axis of the latent that counts frames.
        shape: sizes that can be sampled; diffusers itself checks only some of them.
        embedded_guidance: whether guidance_scale reaches the transformer.
        true_cfg: whether a negative prompt adds an unconditional forward.
        arguments: keyword arguments for the pipeline's `__call__`, without those that
            every pipeline shares (generator, output_type, steps, sigmas).
        low_precision_inputs: forward arguments cast to the transformer's own dtype while
            the solver's state is float32; timesteps, guidance and ids stay as they come.
    """

    name: str
    pipeline_classes: tuple[str, ...]
    transformers: tuple[str, ...]
    frame_axis: int
    shape: Shape
    embedded_guidance: bool
    true_cfg: bool
    arguments: Callable[[Cell], Mapping[str, Any]]
    low_precision_inputs: frozenset[str] = field(default_factory=frozenset)
