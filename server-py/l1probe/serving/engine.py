"""Runs cells on the pipeline, in rounds of one thread."""

from __future__ import annotations

import copy
import inspect
import logging
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import torch
from diffusers.utils import export_to_video
from safetensors.torch import save_file
from torch import Tensor

from l1probe.batching.compilation import (
    batch_sizes,
    compile_blocks,
    compile_reducers,
    configure_compiler,
    pick_mode,
)
from l1probe.batching.continuous_batching import BatchScheduler, Evaluator
from l1probe.batching.evaluator import Alone, Batched
from l1probe.batching.forward_times import Meter
from l1probe.batching.masks import let_masks_go
from l1probe.families import Cell
from l1probe.observe.hooks import observe, open_scheduler_seam
from l1probe.observe.probe import Cancelled, Probe
from l1probe.observe.prompt_cache import PromptCache, open_prompt_seam
from l1probe.observe.readback import Readback
from l1probe.observe.statistics import EAGER
from l1probe.samplers import SigmasNotVerbatim, make_scheduler
from l1probe.serving.artifacts import VIDEO_FPS, ArtifactStore
from l1probe.serving.enums import ArtifactKind
from l1probe.serving.images import frames_of, read_image
from l1probe.serving.loading import LoadedModel
from l1probe.serving.messages import cell_of
from l1probe.serving.model_name import CannotLoad
from l1probe.serving.run_queue import Run, RunQueue
from l1probe.serving.warm_up import batches, check_sizes, default_sizes
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb

log = logging.getLogger(__name__)


class Engine:
    """Owns the model; takes runs, emits their events, and knows its load.

    One thread runs every pipeline, in rounds; another one finishes what has left the device.
    """

    def __init__(
        self,
        model: LoadedModel,
        provenance: pb.Provenance,
        store: ArtifactStore,
        settings: Settings,
    ) -> None:
        self.model = model
        self.provenance = provenance
        self.store = store
        self.max_batch = settings.max_batch
        #: Done when runs go at full speed; holds what a warm-up raised.
        self.ready: Future[None] = Future()
        self._settings = settings
        self._readback = Readback()
        self.meter = Meter(self._readback, model.device)
        self._rounds = BatchScheduler(self.max_batch, self._evaluator())
        self._reducers = compile_reducers() if provenance.compiled else EAGER
        self._prompts = PromptCache()
        self._line = RunQueue()
        self._runs: dict[str, Run] = {}
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._finisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="finish")
        self._worker = threading.Thread(target=self._work, name="pipelines")
        self._worker.start()

    def submit(self, run: Run) -> Future[str | None]:
        """Queues a run; its last event is `finished` or `failed`, whatever happens."""
        with self._lock:
            position = len(self._runs)
            self._runs[run.run_id] = run
        run.emit(pb.RunResponse(queued=pb.Queued(run_id=run.run_id, position=position)))
        self._line.put(run)
        return run.ended

    def cancel(self, run_id: str) -> bool:
        """Asks a run to stop within one step; False where it is not queued or running."""
        with self._lock:
            run = self._runs.get(run_id)
        if run is None:
            return False
        run.cancelled.set()
        return True

    def load(self) -> pb.Load:
        """How many runs wait and how many are on the device."""
        with self._lock:
            running = len(self._running)
            return pb.Load(queued=len(self._runs) - running, running=running)

    def close(self) -> None:
        """Cancels everything and waits for the threads."""
        with self._lock:
            for run in self._runs.values():
                run.cancelled.set()
        self._line.close()
        self._worker.join()
        self._finisher.shutdown(wait=True)
        self._readback.close()

    def _evaluator(self) -> Evaluator:
        if self.max_batch == 1:
            return Alone(self.meter)
        model, asked = self.model, self._settings
        for transformer in model.transformers:
            let_masks_go(transformer)
        mode = pick_mode(asked.compile, model.device, asked.offload, asked.max_batch)
        self.provenance.compiled = compile_blocks(model.transformers, mode)
        sizes = batch_sizes(self.max_batch) if self.provenance.compiled else None
        return Batched(self.meter, sizes, model.family.padded_text)

    def _warm_up(self) -> None:
        """Compiles, if anything is, for every batch that may come."""
        began, family = time.perf_counter(), self.model.family
        check_sizes(family, self._settings)
        sizes = self._settings.warm_up
        if not self.provenance.compiled:
            if sizes:
                log.warning("--warm-up has no effect: nothing is compiled")
            return
        sizes = sizes or default_sizes(family)
        for cells in batches(family, sizes, batch_sizes(self.max_batch)):
            if self._line.closed:
                return
            runs = [Run(pb.RunRequest(cell=cell), _ignore) for cell in cells]
            for run in runs:
                self._enter(run)
            while self._rounds.open:
                self._rounds.advance()
            for run in runs:
                if (error := run.ended.result()) is not None:
                    raise CannotLoad(
                        f"--compile {self._settings.compile} failed in the warm-up ({error}); "
                        "serve with --compile off"
                    )
        self.meter.clear()
        log.info("compiled for batches in %.0f s", time.perf_counter() - began)

    def _work(self) -> None:
        # Each pipeline turns gradients off and then back to what it found, which in one thread
        # would turn them on for its length_key.
        torch.set_grad_enabled(False)
        if self.provenance.compiled:
            configure_compiler()
        try:
            self._warm_up()
        except Exception as error:
            self.ready.set_exception(error)
            return
        self.ready.set_result(None)
        while self._rounds.open or not self._line.ended:
            while self._rounds.open < self.max_batch:
                if not self._rounds.open:
                    self.meter.idle()
                if (run := self._line.take(wait=not self._rounds.open)) is None:
                    break
                self._enter(run)
            # These end at once, so they need no room.
            for run in self._line.take_cancelled():
                self._enter(run)
            self._rounds.advance()

    def _enter(self, run: Run) -> None:
        self._rounds.enter(partial(self._sample, run))

    def _sample(self, run: Run) -> None:
        with self._lock:
            if not self._running and self.model.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(self.model.device)
            self._running.add(run.run_id)
        cell = cell_of(run.request.cell)
        trace: dict[str, Tensor] | None = {} if pb.ARTIFACT_KIND_TRACE in run.request.keep else None
        probe = Probe(
            cell,
            run.run_id,
            self.provenance,
            self.model.family,
            run.emit,
            run.cancelled,
            self._readback,
            trace,
            self._rounds.answer,
            has_experts=bool(self.model.experts),
            reducers=self._reducers,
            has_statistics=not run.request.without_statistics,
        )
        began = time.perf_counter()
        try:
            output = self._call(run, cell, probe)
        except Exception as error:
            self._finisher.submit(self._end, run, probe, partial(_raise, error))
            return
        finish = partial(self._finished, run, probe, output, trace, began)
        self._finisher.submit(self._end, run, probe, finish)

    def _call(self, run: Run, cell: Cell, probe: Probe) -> Any:
        if run.cancelled.is_set():
            raise Cancelled
        family = self.model.family
        # A shallow copy has the same modules and its own scheduler and call state.
        pipeline = copy.copy(self.model.pipeline)
        model_config = self.model.pipeline.scheduler.config
        pipeline.scheduler = make_scheduler(cell.sampler, cell.sigmas, cell.seed, model_config)
        probe.plan(pipeline.scheduler)
        open_scheduler_seam(pipeline.scheduler)
        open_prompt_seam(pipeline, self._prompts, probe.lifts)
        family.set_up(pipeline, cell)
        image = None if cell.image is None else read_image(cell.image)
        wants_video = pb.ARTIFACT_KIND_VIDEO in run.request.keep
        arguments: dict[str, Any] = {
            **self.model.call_defaults,
            "num_inference_steps": len(cell.sigmas),
            **family.arguments(cell, image),
            # On the CPU, so that one seed is the same noise on every device.
            "generator": torch.Generator("cpu").manual_seed(cell.seed),
            "output_type": "pil" if wants_video else "latent",
        }
        if "sigmas" in inspect.signature(type(pipeline).__call__).parameters:
            arguments["sigmas"] = list(cell.sigmas)
        with observe(probe):
            return pipeline(**arguments)

    def _end(self, run: Run, probe: Probe, finish: Callable[[], pb.Finished]) -> None:
        """Emits a run's last event, once everything before it was emitted."""
        try:
            last = pb.RunResponse(finished=finish())
        except Exception as error:
            last = pb.RunResponse(failed=self._failure(run, probe, error))
        with self._lock:
            self._runs.pop(run.run_id, None)
            self._running.discard(run.run_id)
        run.emit(last)
        run.ended.set_result(last.failed.message if last.HasField("failed") else None)

    def _finished(
        self, run: Run, probe: Probe, output: Any, trace: dict[str, Tensor] | None, began: float
    ) -> pb.Finished:
        probe.drain()
        keep, device = run.request.keep, self.model.device
        artifacts = []
        if pb.ARTIFACT_KIND_VIDEO in keep:
            clip = frames_of(output)
            artifacts.append(
                self.store.keep(
                    pb.ARTIFACT_KIND_VIDEO,
                    "video.mp4",
                    lambda path: export_to_video(clip, str(path), fps=VIDEO_FPS),
                )
            )
        if pb.ARTIFACT_KIND_LATENTS in keep and probe.latents is not None:
            latents = {"latents": probe.latents.to("cpu").contiguous()}
            artifacts.append(self._keep_tensors(pb.ARTIFACT_KIND_LATENTS, "latents", latents))
        if trace is not None:
            artifacts.append(self._keep_tensors(pb.ARTIFACT_KIND_TRACE, "trace", trace))
        peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
        return pb.Finished(
            seconds=time.perf_counter() - began, artifacts=artifacts, peak_memory_bytes=peak
        )

    def _keep_tensors(
        self, kind: ArtifactKind, name: str, tensors: dict[str, Tensor]
    ) -> pb.Artifact:
        return self.store.keep(kind, f"{name}.safetensors", lambda path: save_file(tensors, path))

    def _failure(self, run: Run, probe: Probe, error: Exception) -> pb.Failed:
        try:
            probe.drain()
        except Exception:
            log.exception("run %s: a step could not be read back", run.run_id)
        if isinstance(error, Cancelled):
            reason, message = pb.FAILURE_REASON_CANCELLED, "cancelled"
        elif isinstance(error, SigmasNotVerbatim):
            reason, message = pb.FAILURE_REASON_SIGMAS_NOT_VERBATIM, str(error)
        elif isinstance(error, torch.OutOfMemoryError):
            torch.cuda.empty_cache()
            reason = pb.FAILURE_REASON_OUT_OF_MEMORY
            message = "the device ran out of memory; ask for fewer frames or pixels, or --offload"
            log.error("run %s: %s", run.run_id, error)
        else:
            reason, message = pb.FAILURE_REASON_INTERNAL, _without_paths(error)
            log.error("run %s failed", run.run_id, exc_info=error)
        return pb.Failed(reason=reason, message=message, steps_done=probe.steps_done)


def _without_paths(error: Exception) -> str:
    # A caller may see what went wrong, not where this server's files are.
    first = next(iter(str(error).splitlines()), "")
    return re.sub(
        r"(?:/[\w.+-]+){2,}", lambda m: Path(m[0]).name, f"{type(error).__name__}: {first}"
    )


def _ignore(event: pb.RunResponse) -> None:
    pass


def _raise(error: Exception) -> NoReturn:
    raise error
