"""The models of the conformance suite, one row each, with their expected properties.

Everything here is written by hand from a family's paper and its pipeline in diffusers, not read
from the adapter under test.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from conftest import PROMPT, make_cell
from diffusers import FlowMatchEulerDiscreteScheduler
from PIL import Image
from stock import given_sigmas
from torch import Tensor

from l1probe.v1 import probe_pb2 as pb


def picture(height: int, width: int) -> bytes:
    """A PNG of a smooth gradient, of no symmetry."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    colours = torch.stack((rows * 3, columns * 2, rows + columns), dim=-1)
    buffer = io.BytesIO()
    Image.fromarray(colours.to(torch.uint8).numpy()).save(buffer, "PNG")
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture as a stock pipeline takes it."""
    return Image.open(io.BytesIO(data)).convert("RGB")


#: Of the size of every cell that is conditioned by one.
PICTURE = picture(64, 64)

FLOW = ("euler", "euler-stochastic", "heun", "dpm++2m", "dpm++sde", "unipc", "deis", "deis3")


@dataclass(frozen=True)
class Says:
    """What Describe reports about a model."""

    family: str
    pipeline: str
    height_multiple: int
    width_multiple: int
    frame_multiple: int
    default_schedule: str
    embedded: bool
    true_cfg: bool
    max_frames: int = 0
    min_frames: int = 1
    max_side: int = 0
    prediction: str = "velocity"
    samplers: tuple[str, ...] = FLOW
    needs_image: bool = False
    experts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """One model and how its stock pipeline is called without a server.

    Attributes:
        name: in the table of results.
        model: as `--model` takes it.
        says: what Describe answers.
        cell: over the settings of :func:`conftest.make_cell`: the smallest size worth running,
            with guidance where the family has any.
        call: arguments of the stock pipeline's call, apart from prompt and size, that mean the
            same as `cell`; a call may have None for one that the pipeline does not know.
        prepare: makes the stock pipeline's components mean the same as `cell`.
        scheduler: a scheduler of the family's stock class that runs these sigmas, and keeps the
            latents after each of its steps in its attribute `seen`.
        sigmas: a schedule that the stock scheduler can run exactly.
        odd_sigmas: one that only a verbatim sampler runs exactly.
        timestep: what the loop hands over for a sigma.
        by_frame: a signal, to a view whose first axis is latent frames.
        other_guidance: the guidance of another cell, for batches.
        combined: cond, uncond and the scale, to cfg.
        move: latent_in, cfg, σ, σ′ to latent_out in float64; None is Euler's method.
        levels: the model's scheduler and a sigma, to the factors of signal and noise.
        encodes: whether a run may start from an image or a clip, if the model needs no image.
        experts: which transformer each step of `sigmas` asks.
        of_the_clip: what the stock scheduler steps, to what of it is sampled.
        decoded: frames of the clip, where they are not the cell's.
        joined: whether both ways of guidance are one forward.
        single_dtype: whether the stock pipeline runs only with everything in one dtype.
        not_saved: why diffusers cannot save or load the pipeline; "" where it can.
    """

    name: str
    model: str
    says: Says
    cell: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Any], None] = lambda pipeline: None
    scheduler: Callable[[Any, Sequence[float]], Any] = lambda stock, sigmas: given_sigmas(
        FlowMatchEulerDiscreteScheduler, sigmas
    )
    sigmas: tuple[float, ...] = (1.0, 0.8125, 0.4375, 0.125)
    odd_sigmas: tuple[float, ...] = (0.98712345, 0.6131, 0.0711)
    timestep: Callable[[Tensor], Tensor] = lambda sigmas: sigmas * 1000
    by_frame: Callable[[Tensor], Tensor] = lambda signal: signal.movedim(2, 0)
    other_guidance: Mapping[str, Any] = field(default_factory=dict)
    combined: Callable[[Tensor, Tensor, float], Tensor] = lambda cond, uncond, scale: (
        uncond + scale * (cond - uncond)
    )
    move: Callable[[Any, Tensor, Tensor, float, float], Tensor] | None = None
    levels: Callable[[Any, float], tuple[float, float]] = lambda scheduler, sigma: (
        1 - float(torch.tensor(sigma)),
        float(torch.tensor(sigma)),
    )
    encodes: bool = True
    experts: tuple[str, ...] = ()
    of_the_clip: Callable[[Tensor], Tensor] = lambda latents: latents
    decoded: int = 0
    joined: bool = False
    single_dtype: bool = False
    not_saved: str = ""

    def make_cell(self, sigmas: Sequence[float] | None = None, **changes: Any) -> pb.Cell:
        """The row's cell; without guidance unless its settings or `changes` have some."""
        settings = {"true_cfg_scale": 1.0, "sampler": self.says.samplers[0], **self.cell}
        return make_cell(self.sigmas if sigmas is None else sigmas, **{**settings, **changes})

    def stock_call(self) -> dict[str, Any]:
        """The stock pipeline's arguments for the row's cell."""
        cell = self.make_cell()
        common = {
            "prompt": PROMPT,
            "height": cell.height,
            "width": cell.width,
            "num_frames": cell.frames,
            "num_inference_steps": len(self.sigmas),
            "generator": torch.Generator("cpu").manual_seed(cell.seed),
            "output_type": "latent",
        }
        merged = {**common, **self.call}
        return {name: value for name, value in merged.items() if value is not None}
