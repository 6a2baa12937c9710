"""The notebook's door from the inside: hooks on for one block, a probe for each sampling loop."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from l1probe.families import Cell, Family, family_of
from l1probe.families.cell import SolverState
from l1probe.observe.call import Call, axes_of, model_name, read_call
from l1probe.observe.decoder_hook import hook_decoder
from l1probe.observe.forward import Answer, Forward, Output, run
from l1probe.observe.observer import hook, is_hooked, observing, unhook
from l1probe.observe.plan import Plan, stock_plan, verified_plan
from l1probe.observe.probe import Probe
from l1probe.observe.prompt_cache import PromptCache, hook_prompt
from l1probe.observe.readback import Readback
from l1probe.observe.scheduler_hook import hook_scheduler
from l1probe.observe.step_reader import StepContents, StepReader
from l1probe.observe.trace import Trace, TracedRun
from l1probe.observe.transformer_hook import hook_transformer
from l1probe.records.rows import Value
from l1probe.samplers import make_scheduler
from l1probe.samplers.noise import SeededNoise
from l1probe.samplers.sigmas import check_sigmas


@dataclass(frozen=True)
class Settings:
    """What `observe` was called with, checked.

    Attributes:
        sigmas: a schedule to run verbatim; None leaves the pipeline's own.
        sampler: that runs `sigmas`; "" without them.
        solver_state: the dtype in which the solver works.
    """

    sigmas: tuple[float, ...] | None
    sampler: str
    solver_state: SolverState


def check_settings(
    family: Family, sigmas: Iterable[float] | None, sampler: str | None, solver_state: str
) -> Settings:
    """Checks the arguments of `observe` against a family.

    Raises:
        ValueError: one of them cannot be run; the message says which value, and what can.
    """
    if solver_state not in ("stock", "float32"):
        raise ValueError(f"solver_state is {solver_state!r}; give 'stock' or 'float32'")
    if sigmas is None:
        if sampler is not None:
            raise ValueError(f"sampler is {sampler!r} without sigmas; give sigmas=[...] too")
        return Settings(None, "", solver_state)
    sampler = family.samplers[0] if sampler is None else sampler
    if sampler not in family.samplers:
        raise ValueError(
            f"sampler is {sampler!r}; {family.name} runs with {', '.join(family.samplers)}"
        )
    values = tuple(float(sigma) for sigma in sigmas)
    check_sigmas(values, "sigmas")
    return Settings(values, sampler, solver_state)


@contextmanager
def observed(
    pipeline: Any, sigmas: Iterable[float] | None, sampler: str | None, solver_state: str
) -> Iterator[Trace]:
    """Hooks a pipeline until the block ends; see :func:`l1probe.observe`."""
    family = family_of(type(pipeline).__name__)
    if family.fitted:
        family = family.fitted(family, pipeline)
    settings = check_settings(family, sigmas, sampler, solver_state)
    transformers = {
        name: part
        for name in family.transformers
        if (part := getattr(pipeline, name, None)) is not None
    }
    parts = {"scheduler": pipeline.scheduler, "vae": pipeline.vae, **transformers}
    if is_hooked(pipeline):
        raise RuntimeError(
            f"this {type(pipeline).__name__} is observed already; leave that block first"
        )
    for name, part in parts.items():
        if is_hooked(part):
            raise RuntimeError(
                f"the {name} of this {type(pipeline).__name__} is observed already as part of "
                "another pipeline; leave that block first"
            )
    if settings.sigmas is None:
        # The pipeline's own scheduler speaks the transformer's language, and nothing is mapped.
        family = replace(family, to_transformer=None, from_transformer=None)
    trace = Trace()
    with ExitStack() as cleanup:
        readback = Readback()
        cleanup.callback(readback.close)
        if settings.solver_state == "float32":
            if family.adjust:
                cleanup.enter_context(_forward_hooks_restored(transformers.values()))
                family.adjust(pipeline)
            if pipeline.vae is not None:
                hook_decoder(pipeline.vae)
                cleanup.callback(unhook, pipeline.vae)
        for name, transformer in transformers.items():
            hook_transformer(transformer, name, family)
            cleanup.callback(unhook, transformer)
        if settings.sigmas is None:
            hook_scheduler(pipeline.scheduler)
            cleanup.callback(unhook, pipeline.scheduler)
        session = _Session(settings, family, trace, readback, len(transformers) > 1)
        _hook_call(pipeline, session)
        cleanup.callback(unhook, pipeline)
        yield trace


@contextmanager
def _forward_hooks_restored(modules: Any) -> Iterator[None]:
    """Removes the forward pre-hooks that were added inside the block."""
    parts = [part for module in modules for part in module.modules()]
    before = [(part, set(part._forward_pre_hooks)) for part in parts]
    try:
        yield
    finally:
        for part, known in before:
            for key in set(part._forward_pre_hooks) - known:
                del part._forward_pre_hooks[key]
                part._forward_pre_hooks_with_kwargs.pop(key, None)


@dataclass(frozen=True, eq=False)
class _Session:
    settings: Settings
    family: Family
    trace: Trace
    readback: Readback
    has_experts: bool

    def call(self, stock: type, pipeline: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Runs the stock call; its steps are in the trace when it returns or raises."""
        call = read_call(pipeline, args, kwargs)
        observer = _LoopObserver(self, call, pipeline)
        if self.settings.sigmas is not None:
            kwargs = {**kwargs, **self._schedule_arguments(call)}
        if self.settings.sigmas is not None or self.settings.solver_state == "float32":
            # A shallow copy has the same modules and its own scheduler and call state.
            pipeline = copy.copy(pipeline)
        if self.settings.sigmas is not None:
            pipeline.scheduler = observer.inject(pipeline.scheduler)
        if self.settings.solver_state == "float32":
            hook_prompt(pipeline, PromptCache(), upcasts=True)
        stock_call: Any = stock.__call__
        try:
            with observing(observer):
                output = stock_call(pipeline, *args, **kwargs)
        except BaseException:
            observer.drain(quietly=True)
            raise
        observer.drain()
        return output

    def _schedule_arguments(self, call: Call) -> dict[str, Any]:
        sigmas = self.settings.sigmas or ()
        for name in ("sigmas", "timesteps"):
            if call.arguments.get(name) is not None:
                raise ValueError(
                    f"the call passes {name}, and observe(..., sigmas=[...]) too; give one of them"
                )
        steps = call.arguments["num_inference_steps"]
        if "num_inference_steps" in call.given and steps != len(sigmas):
            raise ValueError(
                f"num_inference_steps is {steps}, and observe was given {len(sigmas)} sigmas; "
                "leave num_inference_steps out"
            )
        # Some pipelines cannot count a schedule of their own, which is not run, in one step.
        cell = Cell(prompt="", sigmas=sigmas, height=0, width=0, frames=1)
        made = self.family.arguments(cell, None)
        passed = {"num_inference_steps": made.get("num_inference_steps", len(sigmas))}
        if "sigmas" in call.arguments:
            passed["sigmas"] = list(sigmas)
        return passed


def _hook_call(pipeline: Any, session: _Session) -> None:
    stock: Any = type(pipeline)

    @functools.wraps(stock.__call__)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return session.call(stock, self, args, kwargs)

    hook(pipeline, {"__call__": call})


class _LoopObserver:
    """Gives each sampling loop of one call its own probe."""

    def __init__(self, session: _Session, call: Call, pipeline: Any) -> None:
        self.upcasts = session.settings.solver_state == "float32"
        self._session = session
        self._call = call
        self._pipeline = pipeline
        self._plan: Plan | None = None
        self._probe: Probe | None = None
        self._readers: list[StepReader] = []

    def inject(self, stock: Any) -> Any:
        """A hooked scheduler that runs the schedule verbatim."""
        settings = self._session.settings
        scheduler = make_scheduler(
            settings.sampler, settings.sigmas or (), self._call.seed or 0, stock.config
        )
        if isinstance(scheduler, SeededNoise) and self._call.seed is None:
            raise ValueError(
                f"sampler {settings.sampler!r} draws noise by the call's seed, which is unknown; "
                "pass generator=torch.Generator('cpu').manual_seed(N)"
            )
        self._plan = verified_plan(scheduler, settings.sigmas or ())
        hook_scheduler(scheduler)
        return scheduler

    def drain(self, quietly: bool = False) -> None:
        """Waits for all steps; raises what went wrong on the way unless `quietly`."""
        readers, self._readers = self._readers, []
        for reader in readers:
            try:
                reader.drain()
            except Exception:
                if not quietly:
                    raise

    def on_schedule(self, scheduler: Any) -> None:
        injected = self._session.settings.sigmas is not None
        if not injected or self._plan is None:
            self._plan = stock_plan(scheduler, self._session.family)
        self._probe = self._new_probe(self._plan, scheduler)
        if injected:
            self._probe.on_schedule(scheduler)

    def compute(self, forward: Forward) -> Output:
        return self._loop.compute(forward)

    def on_forward(
        self, forward: Forward, latent_in: Tensor, timestep: Tensor, prediction: Tensor
    ) -> None:
        most = 2 if self._session.family.batched_cfg else 1
        if forward.rows > most:
            raise ValueError(
                f"l1probe.observe measures one clip per call, and a forward has {forward.rows} "
                "samples; call the pipeline once for each"
            )
        self._loop.on_forward(forward, latent_in, timestep, prediction)

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> None:
        self._loop.on_step(prediction, latent_out)

    @property
    def _loop(self) -> Probe:
        if self._probe is None:
            raise RuntimeError("the pipeline evaluated its transformer before it set a schedule")
        return self._probe

    def _new_probe(self, plan: Plan, scheduler: Any) -> Probe:
        session, trace = self._session, self._session.trace
        family, settings = session.family, session.settings
        axes = axes_of(self._call, family)
        cell = Cell(
            prompt=str(axes.get("prompt", "")),
            sigmas=plan.step_sigmas,
            height=_whole(axes.get("height")),
            width=_whole(axes.get("width")),
            frames=_whole(axes.get("frames")) or 1,
            solver_state=settings.solver_state,
            true_cfg_scale=_scale(axes.get("true_cfg_scale")),
        )
        traced = TracedRun({})

        def start(started: object) -> None:
            traced.axes = {
                "cell_id": f"run-{len(trace.runs)}",
                "steps": len(plan.step_sigmas),
                **axes,
                "sampler": settings.sampler or None,
                "solver_state": settings.solver_state,
                "scheduler": plan.scheduler,
                "family": family.name,
                **self._model(),
            }
            trace.runs.append(traced)

        reader = StepReader(
            session.readback,
            family,
            family.latent_frames(cell),
            traced.steps.append,
            StepContents(expert=session.has_experts),
        )
        self._readers.append(reader)
        return Probe(cell, family, plan, reader, _alone, on_start=start)

    def _model(self) -> dict[str, Value]:
        transformer: nn.Module = getattr(self._pipeline, self._session.family.transformers[0])
        dtype = next(transformer.parameters()).dtype
        return {
            "model": model_name(self._pipeline),
            "transformer_dtype": str(dtype).removeprefix("torch."),
        }


def _alone(forward: Forward) -> Answer:
    return Answer(run(forward), forward.rows)


def _scale(value: Value) -> float:
    """A scale of true CFG; 0 if the call does not say it."""
    return float(value) if isinstance(value, int | float) else 0.0


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0
