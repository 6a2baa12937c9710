"""What l1probe must know about a model family to observe and steer its stock pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell
from l1probe.families.encoding import Encode
from l1probe.families.latent_shape import LatentShape
from l1probe.families.text_input import TextInput

#: Maps one sample's signal and its number of latent frames to a view whose first axis is frames.
Layout = Callable[[Tensor, int], Tensor]

#: Maps a cell and its decoded picture, if any, to keyword arguments of the pipeline's `__call__`.
Arguments = Callable[[Cell, Image | None], Mapping[str, Any]]

#: Solvers for a velocity on x = (1 − σ)x₀ + σε.
FLOW_SAMPLERS = (
    "euler",
    "euler-stochastic",
    "heun",
    "dpm++2m",
    "dpm++sde",
    "unipc",
    "deis",
    "deis3",
)

#: Solvers for noise of constant variance at whole training timesteps.
VARIANCE_PRESERVING_SAMPLERS = ("ddim",)


class UnsupportedPipeline(LookupError):
    """No family can run this pipeline as it is; the message is one sentence with the remedy."""


@dataclass(frozen=True)
class Shape:
    """Sizes that the model can sample: multiples, with frames = frame_multiple·k + 1.

    Attributes:
        frame_multiple: also the number of frames per latent frame; 0 for images.
        max_frames: the most that one sampling loop makes; 0 means no limit.
        min_frames: the fewest that it makes.
        max_height: the largest height, for example of a positional table; 0 means no limit.
        max_width: the largest width.
    """

    height_multiple: int
    width_multiple: int
    frame_multiple: int
    max_frames: int = 0
    min_frames: int = 1
    max_height: int = 0
    max_width: int = 0


@dataclass(frozen=True)
class PaddedText:
    """Forward inputs with padded text, and the mask that marks the padding.

    Only for transformers whose result does not depend on what is masked.

    Attributes:
        embeddings: name of the (samples, tokens, channels) input.
        mask: name of the (samples, tokens) input that is 0 for padding.
        is_all: whether blocks mask nothing but this text, and so need no mask without padding.
    """

    embeddings: str
    mask: str
    is_all: bool = True


def frames_on_axis(axis: int) -> Layout:
    """The layout of a latent with an axis of frames; the batch axis is 0."""
    return lambda signal, frames: signal.movedim(axis, 0)


def frames_in_tokens(signal: Tensor, frames: int) -> Tensor:
    """The layout of packed latents, (batch, frames × rows × columns, channels)."""
    return signal.unflatten(1, (frames, -1)).movedim(1, 0)


def one_image(signal: Tensor, frames: int) -> Tensor:
    """The layout of an image's latents, packed or not: one sample is one frame."""
    return signal


def whole(tensor: Tensor) -> Tensor:
    """For families whose input is the state alone, and whose output is its prediction alone."""
    return tensor


def as_it_is(timestep: float) -> float:
    """For loops that pass training timesteps."""
    return timestep


def thousandfold(timestep: float) -> float:
    """For loops that pass σ."""
    return 1000 * timestep


def before_the_picture(hidden: Tensor) -> Tensor:
    """The state in an input of [state, picture] channels, with or without a mask after them."""
    return hidden[:, : hidden.shape[1] // 2]


def after_the_picture(latents: Tensor) -> Tensor:
    """The sampled frames of a latent whose first frame is the picture itself."""
    return latents[:, :, 1:]


def no_change(pipeline: Any, cell: Cell) -> None:
    """For families whose pipeline takes every setting as an argument of its call."""


def image_arguments(cell: Cell, **more: Any) -> dict[str, Any]:
    """What most pipelines call prompts and sizes, with `more` added or in their place.

    The scales of guidance are not among them: pipelines give the same name to different scales.
    """
    return {
        "prompt": cell.prompt,
        # Pipelines run true CFG only if it is not None.
        "negative_prompt": cell.negative_prompt,
        "height": cell.height,
        "width": cell.width,
        **more,
    }


def video_arguments(cell: Cell, **more: Any) -> dict[str, Any]:
    """:func:`image_arguments` and the number of frames."""
    return image_arguments(cell, num_frames=cell.frames, **more)


def with_picture(arguments: Arguments) -> Arguments:
    """The same arguments and the decoded picture."""
    return lambda cell, image: {**arguments(cell, image), "image": image}


@dataclass(frozen=True)
class Family:
    """One family: where its hooks go and how a cell becomes its pipeline's arguments.

    Attributes:
        name: in records, for example `hunyuan_video`.
        pipeline_classes: diffusers classes that this adapter runs.
        shape: sizes that can be sampled; diffusers itself checks only some of them.
        layout: where the frames of a signal are.
        embedded_guidance: whether guidance_scale reaches the transformer.
        true_cfg: whether a negative prompt adds an unconditional prediction.
        arguments: keyword arguments for the pipeline's `__call__`, without those that all
            pipelines share (generator, output_type, num_inference_steps, and sigmas if the
            pipeline takes it), unless it needs another number of steps; the picture is the decoded
            `cell.image`, or None.
        text: what each text encoder reads of a prompt, in the order of the encoders.
        low_precision_inputs: forward arguments cast to the transformer's own dtype while
            the solver's state is float32; timesteps, guidance and ids stay as they come.
        transformers: components that get the first hook; several are experts, chosen by timestep.
        single_dtype: whether text encoders and VAE need the transformer's dtype, because the
            pipeline casts nothing between them.
        state_input: name of the forward's input with the solver's state; one tensor, or a list of
            one tensor per sample, and then the output is such a list too.
        timestep_input: name of the forward's input with the loop's timestep.
        training_timestep: from the timestep that the loop passes to the training timestep,
            for example `thousandfold` if it passes σ.
        needs_image: whether the cell's image conditions the model.
        samplers: names in the registry of samplers that fit what the model predicts.
        prediction: velocity, v or epsilon; v and epsilon at whole training timesteps t, sent as
            σ = (t + 1)/1000.
        batched_cfg: whether true CFG is one forward of both; otherwise it is two forwards, named
            by the pipeline or else with cond first.
        cond_half: where cond is in batched CFG: 1 for [uncond, cond], 0 for [cond, uncond].
        cfg_offset: what a pipeline adds to the scale that it is given: 1 if it computes
            cond + scale·(cond − uncond). `arguments` subtracts it.
        shared_inputs: tensors (and tuples of them) among the forward's arguments that have
            no batch axis and depend on the shape alone, such as position ids.
        padded_text: text whose padding can be cut if it is padding for the whole batch; None if
            the family has no mask, or if its result depends on masked tokens.
        state_of: the solver's state in the forward's `state_input`, of the shape that the
            scheduler steps.
        prediction_of: the part of the forward's output that guidance and solver read, as the
            scheduler reads it.
        stepped_of: selects the output clip's frames from the scheduler's tensors.
        sampled_of: selects the part of the pipeline's prepared latents that signals consist of, as
            a view.
        latents: returns the shape of those latents for a loaded pipeline; None if a run cannot
            start from latents, because the pipeline has no `prepare_latents` that returns them.
        latent_shape: what `latents` returned.
        encode: returns the latents of a clip or an image; None if a run cannot start from one.
        to_transformer: converts the forward's keyword arguments from what the loop passes to what
            the transformer expects.
        from_transformer: converts the forward's first output to what the loop expects.
        set_up: called on a run's own shallow copy of the pipeline, before its call; for guiders
            and other components that hold a cell's settings.
        adjust: called once on the loaded pipeline, to make its modules accept a float32 state.
        fitted: returns this family adapted to a loaded pipeline's configuration, for differences
            between checkpoints of one pipeline class. Raises UnsupportedPipeline.
        default_schedule: returns the client's spec of the schedule in a scheduler's configuration:
            a preset's name if it also depends on the size, or "" if no spec expresses it. None
            reads the configuration's shift.
    """

    name: str
    pipeline_classes: tuple[str, ...]
    shape: Shape
    layout: Layout
    embedded_guidance: bool
    true_cfg: bool
    arguments: Arguments
    text: tuple[TextInput, ...]
    low_precision_inputs: frozenset[str]
    transformers: tuple[str, ...] = ("transformer",)
    single_dtype: bool = False
    state_input: str = "hidden_states"
    timestep_input: str = "timestep"
    training_timestep: Callable[[float], float] = as_it_is
    needs_image: bool = False
    samplers: tuple[str, ...] = FLOW_SAMPLERS
    prediction: str = "velocity"
    batched_cfg: bool = False
    cond_half: int = 1
    cfg_offset: float = 0.0
    shared_inputs: frozenset[str] = frozenset()
    padded_text: PaddedText | None = None
    state_of: Callable[[Tensor], Tensor] = whole
    prediction_of: Callable[[Tensor], Tensor] = whole
    stepped_of: Callable[[Tensor], Tensor] = whole
    sampled_of: Callable[[Tensor], Tensor] = whole
    latents: Callable[[Any], LatentShape] | None = None
    latent_shape: LatentShape | None = None
    encode: Encode | None = None
    to_transformer: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    from_transformer: Callable[[Tensor], Tensor] | None = None
    set_up: Callable[[Any, Cell], None] = no_change
    adjust: Callable[[Any], None] | None = None
    fitted: Callable[[Family, Any], Family] | None = None
    default_schedule: Callable[[Mapping[str, Any]], str] | None = None

    @property
    def experts(self) -> tuple[str, ...]:
        """The transformers, if there are several."""
        return self.transformers if len(self.transformers) > 1 else ()

    @property
    def whole_timesteps(self) -> bool:
        """Whether sigmas stand for the whole timesteps of a variance-preserving model."""
        return self.prediction != "velocity"

    def latent_frames(self, cell: Cell) -> int:
        """The number of latent frames of a cell's clip; 1 for an image."""
        multiple = self.shape.frame_multiple
        return (cell.frames - 1) // multiple + 1 if multiple else 1
