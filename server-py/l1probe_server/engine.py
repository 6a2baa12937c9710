"""Runs cells on the pipeline, one after another, in a thread of its own."""

from __future__ import annotations

import copy
import logging
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import torch
from diffusers.utils import export_to_video
from safetensors.torch import save_file
from torch import Tensor

from l1probe.v1 import probe_pb2 as pb
from l1probe_server.artifacts import VIDEO_FPS, ArtifactStore
from l1probe_server.enums import ArtifactKind
from l1probe_server.loading import LoadedModel
from l1probe_server.probe import Cancelled, Emit, Probe
from l1probe_server.readback import Readback
from l1probe_server.samplers import SigmasNotVerbatim, make_scheduler
from l1probe_server.taps import observe, open_scheduler_seam

log = logging.getLogger(__name__)


@dataclass
class Run:
    """One cell on its way through the engine."""

    request: pb.RunRequest
    emit: Emit
    run_id: str = field(default_factory=lambda: uuid4().hex)
    cancelled: threading.Event = field(default_factory=threading.Event)


class Engine:
    """Owns the model; takes runs, emits their events, and knows its load."""

    def __init__(self, model: LoadedModel, provenance: pb.Provenance, store: ArtifactStore) -> None:
        self.model = model
        self.provenance = provenance
        self.store = store
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pipeline")
        self._readback = Readback()
        self._runs: dict[str, Run] = {}
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def submit(self, run: Run) -> Future[None]:
        """Queues a run; its last event is `finished` or `failed`, whatever happens."""
        with self._lock:
            position = len(self._runs)
            self._runs[run.run_id] = run
        run.emit(pb.RunResponse(queued=pb.Queued(run_id=run.run_id, position=position)))
        return self._worker.submit(self._work, run)

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
        self._worker.shutdown(wait=True)
        self._readback.close()

    def _work(self, run: Run) -> None:
        with self._lock:
            self._running.add(run.run_id)
        keeps_trace = pb.ARTIFACT_KIND_TRACE in run.request.keep
        trace: dict[str, Tensor] | None = {} if keeps_trace else None
        probe = Probe(
            run.request.cell,
            run.run_id,
            self.provenance,
            self.model.family,
            run.emit,
            run.cancelled,
            self._readback,
            trace,
        )
        try:
            last = pb.RunResponse(finished=self._sample(run, probe, trace))
        except Exception as error:
            last = pb.RunResponse(failed=self._failure(run, probe, error))
        with self._lock:
            self._runs.pop(run.run_id, None)
            self._running.discard(run.run_id)
        run.emit(last)

    def _sample(self, run: Run, probe: Probe, trace: dict[str, Tensor] | None) -> pb.Finished:
        if run.cancelled.is_set():
            raise Cancelled
        began = time.perf_counter()
        cell, keep, device = run.request.cell, run.request.keep, self.model.device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        # A shallow copy has the same modules and its own scheduler and call state.
        pipeline = copy.copy(self.model.pipeline)
        pipeline.scheduler = make_scheduler(cell.sampler, cell.sigmas, cell.seed)
        open_scheduler_seam(pipeline.scheduler)
        with observe(probe):
            output = pipeline(
                **{
                    **self.model.call_defaults,
                    **self.model.family.arguments(cell),
                    "num_inference_steps": len(cell.sigmas),
                    "sigmas": list(cell.sigmas),
                    # On the CPU, so that one seed is the same noise on every device.
                    "generator": torch.Generator("cpu").manual_seed(cell.seed),
                    "output_type": "pil" if pb.ARTIFACT_KIND_VIDEO in keep else "latent",
                }
            )
        probe.drain()
        artifacts = []
        if pb.ARTIFACT_KIND_VIDEO in keep:
            clip = output.frames[0]
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
