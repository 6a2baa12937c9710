"""One generation, as the sampling loop sees it: everything that a caller chooses about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

#: `float32` upcasts the model's output before guidance and step; `stock` leaves its dtype.
SolverState = Literal["float32", "stock"]

#: What a start consists of: latents, or pixels that the VAE encodes.
StartKind = Literal["latents", "image", "clip"]


@dataclass(frozen=True, slots=True)
class Start:
    """What a run starts from instead of pure noise.

    Attributes:
        kind: of the content.
        sha256: of the content, which identifies it.
        shape: of latents.
        dtype: of latents, by safetensors' name: F32, F16 or BF16.
        noised: whether the first sigma's noise is added to it.
        data: the content: a tensor's bytes, or an encoded file.
    """

    kind: StartKind
    sha256: bytes
    shape: tuple[int, ...] = ()
    dtype: str = ""
    noised: bool = True
    data: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One generation. Equal cells have equal results.

    Attributes:
        prompt: of the clip.
        negative_prompt: what true CFG steers away from. None, unlike "", disables true CFG.
        sigmas: strictly decreasing in (0, 1], also as float32; the terminal 0 is implied.
        sampler: a name in :data:`l1probe.samplers.SAMPLERS`.
        solver_state: the dtype in which the solver works.
        height: in pixels.
        width: in pixels.
        frames: of the decoded clip; 1 for an image.
        seed: of the initial noise and, in a separate stream, of a stochastic sampler.
        guidance_scale: of embedded (distilled) guidance; 1 means none.
        true_cfg_scale: of classifier-free guidance; 1 means none. The largest of several.
        true_cfg_scales: of each step, if steps differ.
        expert_true_cfg_scales: of each expert, if experts differ.
        image: an encoded picture that conditions the model.
        start: what it starts from; None is pure noise.
        cell_id: labels the results and changes none.
    """

    prompt: str
    sigmas: tuple[float, ...]
    height: int
    width: int
    frames: int
    negative_prompt: str | None = None
    sampler: str = "euler"
    solver_state: SolverState = "float32"
    seed: int = 0
    guidance_scale: float = 1.0
    true_cfg_scale: float = 1.0
    true_cfg_scales: tuple[float, ...] = ()
    expert_true_cfg_scales: tuple[float, ...] = ()
    image: bytes | None = None
    start: Start | None = None
    cell_id: str = ""

    @property
    def first_step(self) -> Cell:
        """The first-step key: equal for cells whose first evaluation has equal inputs.

        Sampler, later sigmas and the scale of true CFG act only after the first evaluation. The
        key's scales are 2 for true CFG and 1 for none; its `true_cfg_scale` is 0 if CFG begins
        after the first step, or if experts differ.
        """
        by_step = tuple(map(_reduced, self.true_cfg_scales))
        by_expert = tuple(map(_reduced, self.expert_true_cfg_scales))
        differ = len(set(by_expert)) > 1
        begins_later = by_step[:1] == (1.0,) and 2.0 in by_step
        one = _reduced(self.true_cfg_scale)
        return replace(
            self,
            cell_id="",
            start=self.start and replace(self.start, data=b""),
            sampler="",
            sigmas=self.sigmas[:1],
            true_cfg_scale=0.0 if differ or begins_later else one,
            true_cfg_scales=(),
            expert_true_cfg_scales=by_expert if differ else (),
        )


def _reduced(scale: float) -> float:
    return 2.0 if scale > 1 else 1.0
