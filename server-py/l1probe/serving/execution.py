"""One run's life: the stock pipeline under a probe, then its artifacts, then its last event."""

from __future__ import annotations

import copy
import inspect
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers.utils import export_to_video
from safetensors.torch import save_file
from torch import Tensor

from l1probe.observe.forward import Answer, Forward
from l1probe.observe.guidance import guidance_of
from l1probe.observe.observer import observing
from l1probe.observe.plan import verified_plan
from l1probe.observe.probe import Probe, Started
from l1probe.observe.prompt_cache import PromptCache, hook_prompt
from l1probe.observe.readback import Readback
from l1probe.observe.scheduler_hook import hook_scheduler
from l1probe.observe.start_hook import hook_start
from l1probe.observe.statistics import Reducers
from l1probe.observe.step_reader import StepContents, StepReader
from l1probe.records.step import Step
from l1probe.samplers import SolverCall, make_scheduler
from l1probe.serving.artifacts import VIDEO_FPS, ArtifactStore
from l1probe.serving.enums import ArtifactKind
from l1probe.serving.failures import Cancelled, failure
from l1probe.serving.images import frames_of, pixels_of, read_image
from l1probe.serving.loading import LoadedModel
from l1probe.serving.messages import cell_of, started_message, step_message
from l1probe.serving.run_queue import Run
from l1probe.serving.start_store import StartStore
from l1probe.serving.starts import started_latents
from l1probe.serving.tokens import TokenCounter
from l1probe.v1 import probe_pb2 as pb

log = logging.getLogger(__name__)


def trace_key(signal: str, step: int, evaluation: int) -> str:
    """A signal's key in a trace: "cond.0003" in step 3, "cond.0003.1" in its second evaluation."""
    again = f".{evaluation}" if evaluation else ""
    return f"{signal}.{step:04d}{again}"


@dataclass(frozen=True, eq=False)
class Equipment:
    """What all runs of an engine share.

    Attributes:
        model: with its transformer and decoder hooked.
        provenance: of the server, for the first event of each run.
        store: takes artifacts.
        starts: remembers saved states, so that later cells start from them.
        readback: brings sums to the host.
        prompts: embeddings by prompt.
        tokens: counts what the text encoders read.
        reducers: make the sums.
        answer: runs a forward, alone or with others.
    """

    model: LoadedModel
    provenance: pb.Provenance
    store: ArtifactStore
    starts: StartStore
    readback: Readback
    prompts: PromptCache
    tokens: TokenCounter
    reducers: Reducers
    answer: Callable[[Forward], Answer]


class Execution:
    """A run on the device: `sample` on the pipelines' thread, then `finish` on another."""

    def __init__(self, run: Run, equipment: Equipment) -> None:
        self.run = run
        self._equipment = equipment
        self._cell = cell_of(run.request.cell)
        model = equipment.model
        self._reader = StepReader(
            equipment.readback,
            model.family,
            model.family.latent_frames(self._cell),
            self._on_step,
            StepContents(
                sums=not run.request.without_statistics,
                frame_sums=not run.request.without_frame_sums,
                expert=bool(model.experts),
            ),
            equipment.reducers,
        )
        self._trace: dict[str, Tensor] | None = None
        if pb.ARTIFACT_KIND_TRACE in run.request.keep:
            self._trace = {}
        self._states: dict[str, Tensor] = {}
        #: Of each saved state, by its key.
        self._sigmas: dict[str, float] = {}
        self._probe: Probe | None = None
        self._output: Any = None
        self._error: Exception | None = None
        self._began = time.perf_counter()

    def sample(self) -> None:
        """Runs the pipeline; what it returns or raises is kept for :meth:`finish`."""
        try:
            self._output = self._call()
        except Exception as error:
            self._error = error

    def finish(self) -> pb.RunResponse:
        """Waits for the steps, saves the artifacts and returns the run's last event."""
        try:
            if self._error is not None:
                raise self._error
            return pb.RunResponse(finished=self._finished())
        except Exception as error:
            try:
                self._reader.drain()
            except Exception:
                log.exception("run %s: a step could not be read back", self.run.run_id)
            steps_done = self._probe.steps_done if self._probe else 0
            return pb.RunResponse(failed=failure(self.run.run_id, error, steps_done))

    def _call(self) -> Any:
        self._interrupt()
        cell, model, equipment = self._cell, self._equipment.model, self._equipment
        # A shallow copy has the same modules and its own scheduler and call state.
        pipeline = copy.copy(model.pipeline)
        model_config = model.pipeline.scheduler.config
        pipeline.scheduler = make_scheduler(cell.sampler, cell.sigmas, cell.seed, model_config)
        guidance = guidance_of(cell, model.experts)
        plan = verified_plan(pipeline.scheduler, cell.sigmas)
        self._probe = probe = Probe(
            cell,
            model.family,
            plan,
            self._reader,
            equipment.answer,
            on_start=self._on_start,
            interrupt=self._interrupt,
            on_signals=self._on_signals,
            guidance=guidance,
        )
        if guidance is not None:
            cell = replace(cell, true_cfg_scale=guidance.number)
        hook_scheduler(pipeline.scheduler)
        hook_prompt(pipeline, equipment.prompts, probe.upcasts)
        model.family.set_up(pipeline, cell)
        if cell.start is not None:
            scheduler = pipeline.scheduler
            levels = scheduler.levels(plan.step_sigmas[0]) if cell.start.noised else None
            latents = started_latents(cell.start, cell.frames, pipeline, model.family)
            hook_start(pipeline, latents, levels, model.family.sampled_of)
        image = None if cell.image is None else read_image(cell.image)
        keep = self.run.request.keep
        wants_pictures = pb.ARTIFACT_KIND_VIDEO in keep or pb.ARTIFACT_KIND_FRAMES in keep
        arguments: dict[str, Any] = {
            **model.call_defaults,
            "num_inference_steps": len(cell.sigmas),
            **model.family.arguments(cell, image),
            # On the CPU, so that one seed is the same noise on every device.
            "generator": torch.Generator("cpu").manual_seed(cell.seed),
            "output_type": "pil" if wants_pictures else "latent",
        }
        if "sigmas" in inspect.signature(type(pipeline).__call__).parameters:
            arguments["sigmas"] = list(cell.sigmas)
        with observing(probe):
            return pipeline(**arguments)

    def _interrupt(self) -> None:
        if self.run.cancelled.is_set():
            raise Cancelled

    def _on_start(self, started: Started) -> None:
        provenance = self._equipment.provenance
        message = started_message(
            started,
            self.run.run_id,
            self._cell.cell_id,
            provenance,
            self._equipment.tokens.of_cell(self._cell),
        )
        self.run.emit(pb.RunResponse(started=message))

    def _on_step(self, step: Step) -> None:
        self.run.emit(pb.RunResponse(step=step_message(step)))

    def _on_signals(self, call: SolverCall, signals: Mapping[str, Tensor]) -> None:
        self._sigmas["latents"] = call.sigma_next
        if call.step + 1 in self.run.request.states_at:
            # The last evaluation of a step leaves the state after it.
            key = f"state.{call.step + 1:04d}"
            self._states[key] = signals["latent_out"].to("cpu", copy=True).contiguous()
            self._sigmas[key] = call.sigma_next
        if self._trace is None or self.run.request.without_statistics:
            return
        for name, tensor in signals.items():
            # A copy, since a pipeline may write into its own tensors later.
            copied = tensor.to("cpu", copy=True).contiguous()
            self._trace[trace_key(name, call.step, call.evaluation)] = copied
        self._sigmas[trace_key("latent_in", call.step, call.evaluation)] = call.sigma
        self._sigmas[trace_key("latent_out", call.step, call.evaluation)] = call.sigma_next

    def _finished(self) -> pb.Finished:
        self._reader.drain()
        artifacts = self._artifacts()
        device = self._equipment.model.device
        peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
        seconds = time.perf_counter() - self._began
        return pb.Finished(seconds=seconds, artifacts=artifacts, peak_memory_bytes=peak)

    def _artifacts(self) -> list[pb.Artifact]:
        wanted, saved = self.run.request.keep, []
        if pb.ARTIFACT_KIND_VIDEO in wanted:
            clip = frames_of(self._output)
            saved.append(
                self._equipment.store.keep(
                    pb.ARTIFACT_KIND_VIDEO,
                    "video.mp4",
                    lambda path: export_to_video(clip, str(path), fps=VIDEO_FPS),
                )
            )
        if pb.ARTIFACT_KIND_FRAMES in wanted:
            tensors = {"frames": pixels_of(frames_of(self._output))}
            saved.append(self._save(pb.ARTIFACT_KIND_FRAMES, "frames", tensors))
        latents = self._probe.latents if self._probe else None
        if pb.ARTIFACT_KIND_LATENTS in wanted and latents is not None:
            tensors = {"latents": latents.to("cpu").contiguous()}
            saved.append(self._save(pb.ARTIFACT_KIND_LATENTS, "latents", tensors))
        if pb.ARTIFACT_KIND_STATES in wanted:
            saved.append(self._save(pb.ARTIFACT_KIND_STATES, "states", self._states))
        if self._trace is not None:
            saved.append(self._save(pb.ARTIFACT_KIND_TRACE, "trace", self._trace))
        return saved

    def _save(self, kind: ArtifactKind, name: str, tensors: dict[str, Tensor]) -> pb.Artifact:
        if kind != pb.ARTIFACT_KIND_TRACE:
            for tensor in tensors.values():
                self._equipment.starts.keep_tensor(tensor)
        # Where each state stands, for those who start from it.
        sigmas = {key: sigma for key, sigma in self._sigmas.items() if key in tensors}
        metadata = {"sigmas": json.dumps(sigmas)}
        return self._equipment.store.keep(
            kind, f"{name}.safetensors", lambda path: save_file(tensors, path, metadata)
        )
