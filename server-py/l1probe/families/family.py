"""What a model family must tell so that its stock pipeline can be observed and steered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image
from torch import Tensor

from l1probe.families.cell import Cell

#: One sample's signal and its number of latent frames, to a view whose first axis is frames.
Layout = Callable[[Tensor, int], Tensor]

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
        frame_multiple: also how many frames become one latent frame; 0 for images.
        max_frames: most that one sampling loop makes; 0 is no such limit.
        min_frames: fewest that it makes.
    """

    height_multiple: int
    width_multiple: int
    frame_multiple: int
    max_frames: int = 0
    min_frames: int = 1


@dataclass(frozen=True)
class PaddedText:
    """Inputs of a forward that hold text padded to a length, and which of it is text.

    Only for transformers whose result does not depend on what is masked.

    Attributes:
        embeddings: name of the (rows, tokens, channels) input.
        mask: name of the (rows, tokens) input that is 0 where there is padding.
        is_all: whether blocks mask nothing beside this text, and so need no mask without padding.
    """

    embeddings: str
    mask: str
    is_all: bool = True


def frames_on_axis(axis: int) -> Layout:
    """The layout of a latent with an axis of frames, counted with the batch's axis as 0."""
    return lambda signal, frames: signal.movedim(axis, 0)


def frames_in_tokens(signal: Tensor, frames: int) -> Tensor:
    """The layout of packed latents, (batch, frames × rows × columns, channels)."""
    return signal.unflatten(1, (frames, -1)).movedim(1, 0)


def one_image(signal: Tensor, frames: int) -> Tensor:
    """The layout of an image's latents, packed or not: one sample is one frame."""
    return signal


def whole(tensor: Tensor) -> Tensor:
    """For families that add nothing to the state and predict nothing beside it."""
    return tensor


def before_the_picture(hidden: Tensor) -> Tensor:
    """The state in an input of [state, picture] channels, with or without a mask after them."""
    return hidden[:, : hidden.shape[1] // 2]


def after_the_picture(latents: Tensor) -> Tensor:
    """The frames that are sampled, where the first latent frame is the picture itself."""
    return latents[:, :, 1:]


def no_change(pipeline: Any, cell: Cell) -> None:
    """For families whose pipeline takes everything as an argument of its call."""


@dataclass(frozen=True)
class Family:
    """One family: where its seams are and how a cell becomes its pipeline's arguments.

    Attributes:
        name: in records, for example `hunyuan_video`.
        pipeline_classes: diffusers classes that this adapter runs.
        shape: sizes that can be sampled; diffusers itself checks only some of them.
        layout: where the frames of a signal are.
        embedded_guidance: whether guidance_scale reaches the transformer.
        true_cfg: whether a negative prompt adds an unconditional prediction.
        arguments: keyword arguments for the pipeline's `__call__`, without those that
            every pipeline shares (generator, output_type, num_inference_steps, sigmas where
            the pipeline has it) unless it needs another number of steps; the picture is that
            of `cell.image`, None without one.
        low_precision_inputs: forward arguments cast to the transformer's own dtype while
            the solver's state is float32; timesteps, guidance and ids stay as they come.
        transformers: components whose forward is the first seam; several are experts that
            take turns by timestep.
        single_dtype: whether the pipeline runs only with its text encoders and VAE in the dtype
            of the transformer, as it casts nothing between them.
        timestep_unit: training timesteps in a unit of the timestep that the loop hands over;
            1000 where it hands σ.
        needs_image: whether the cell's image conditions the model.
        samplers: names in the samplers' registry that fit what the model predicts.
        prediction: velocity, v or epsilon; the last two at whole training timesteps, for which
            σ = (t + 1)/1000 stands.
        batched_cfg: whether both ways of guidance are one forward of [uncond, cond];
            else they are two, named by the pipeline or else cond first.
        shared_inputs: tensors (and tuples of them) among the forward's arguments that have
            no batch axis and depend on the shape alone, such as position ids.
        padded_text: text that can be cut where all of a batch is padding; None where the
            family has no mask, or where the result depends on masked tokens.
        state_of: the solver's state in the forward's `hidden_states`, of the shape that
            the scheduler steps.
        prediction_of: what of the forward's output the guidance and the solver read.
        stepped_of: what of the tensors that the scheduler steps is the clip's.
        to_transformer: what the loop passes, to what the transformer wants; of the whole
            forward's keyword arguments.
        from_transformer: the forward's first output, to what the loop expects.
        set_up: on a run's own shallow copy of the pipeline, before its call; for guiders
            and other components that hold a cell's settings.
        adjust: once on the loaded pipeline, for what a float32 state needs of its modules.
        fitted: this family as a loaded pipeline's configuration has it, from both; for what
            differs between the checkpoints of one pipeline class. Raises UnsupportedPipeline.
        default_schedule: the client's short form of the schedule that a scheduler's
            configuration asks for, a preset's name where it depends on the size too, or "" where
            no short form says it; None reads its shift.
    """

    name: str
    pipeline_classes: tuple[str, ...]
    shape: Shape
    layout: Layout
    embedded_guidance: bool
    true_cfg: bool
    arguments: Callable[[Cell, Image | None], Mapping[str, Any]]
    low_precision_inputs: frozenset[str]
    transformers: tuple[str, ...] = ("transformer",)
    single_dtype: bool = False
    timestep_unit: float = 1.0
    needs_image: bool = False
    samplers: tuple[str, ...] = FLOW_SAMPLERS
    prediction: str = "velocity"
    batched_cfg: bool = False
    shared_inputs: frozenset[str] = frozenset()
    padded_text: PaddedText | None = None
    state_of: Callable[[Tensor], Tensor] = whole
    prediction_of: Callable[[Tensor], Tensor] = whole
    stepped_of: Callable[[Tensor], Tensor] = whole
    to_transformer: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    from_transformer: Callable[[Tensor], Tensor] | None = None
    set_up: Callable[[Any, Cell], None] = no_change
    adjust: Callable[[Any], None] | None = None
    fitted: Callable[[Family, Any], Family] | None = None
    default_schedule: Callable[[Mapping[str, Any]], str] | None = None

    @property
    def whole_timesteps(self) -> bool:
        """Whether sigmas stand for the whole timesteps of a variance-preserving model."""
        return self.prediction != "velocity"

    def latent_frames(self, cell: Cell) -> int:
        """How many latent frames a cell's clip has; 1 for an image."""
        multiple = self.shape.frame_multiple
        return (cell.frames - 1) // multiple + 1 if multiple else 1


def negative_prompt(cell: Cell) -> str | None:
    """The cell's negative prompt; pipelines run true CFG only with one."""
    return cell.negative_prompt
