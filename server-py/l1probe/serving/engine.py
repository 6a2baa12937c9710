"""The engine: a worker thread that runs pipelines, and the queue in front of it."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import torch

from l1probe.batching.compilation import (
    batch_sizes,
    compile_blocks,
    compile_reducers,
    configure_compiler,
    pick_mode,
)
from l1probe.batching.continuous_batching import BatchScheduler, Evaluator
from l1probe.batching.evaluator import Batched, Unbatched
from l1probe.batching.forward_times import ForwardTimes
from l1probe.batching.masks import make_masks_optional
from l1probe.observe.prompt_cache import PromptCache
from l1probe.observe.readback import Readback
from l1probe.observe.statistics import EAGER
from l1probe.serving.artifacts import ArtifactStore
from l1probe.serving.execution import Equipment, Execution
from l1probe.serving.loading import LoadedModel
from l1probe.serving.model_name import CannotLoad
from l1probe.serving.run_queue import Run, RunQueue
from l1probe.serving.start_store import StartStore
from l1probe.serving.tokens import TokenCounter
from l1probe.serving.warm_up import batches, check_sizes, default_sizes
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb

log = logging.getLogger(__name__)


class Engine:
    """Owns the model, takes runs and reports its load.

    One thread runs every pipeline; another finishes the runs that have left the device.
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
        #: What cells start from.
        self.starts = StartStore()
        self.max_batch = settings.max_batch
        #: Done when runs go at full speed; carries what the warm-up raised.
        self.ready: Future[None] = Future()
        self._settings = settings
        self._readback = Readback()
        prompts = PromptCache()
        self.tokens = TokenCounter(model, prompts.tokenizing)
        self.forward_times = ForwardTimes(self._readback, model.device)
        self._scheduler = BatchScheduler(self.max_batch, self._evaluator())
        self._equipment = Equipment(
            model,
            provenance,
            store,
            self.starts,
            self._readback,
            prompts,
            self.tokens,
            compile_reducers() if provenance.compiled else EAGER,
            self._scheduler.answer,
        )
        self._queue = RunQueue()
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
        self._queue.put(run)
        return run.ended

    def cancel(self, run_id: str) -> bool:
        """Stops a run within one step; False if it is neither queued nor running."""
        with self._lock:
            run = self._runs.get(run_id)
        if run is None:
            return False
        run.cancelled.set()
        return True

    def load(self) -> pb.Load:
        """How many runs are queued and how many are on the device."""
        with self._lock:
            running = len(self._running)
            return pb.Load(queued=len(self._runs) - running, running=running)

    def close(self) -> None:
        """Cancels everything and waits for the threads."""
        with self._lock:
            for run in self._runs.values():
                run.cancelled.set()
        self._queue.close()
        self._worker.join()
        self._finisher.shutdown(wait=True)
        self._readback.close()

    def _evaluator(self) -> Evaluator:
        if self.max_batch == 1:
            return Unbatched(self.forward_times)
        model, settings = self.model, self._settings
        for transformer in model.transformers:
            make_masks_optional(transformer)
        mode = pick_mode(settings.compile, model.device, settings.offload, settings.max_batch)
        self.provenance.compiled = compile_blocks(model.transformers, mode)
        sizes = batch_sizes(self.max_batch) if self.provenance.compiled else None
        return Batched(self.forward_times, sizes, model.family.padded_text)

    def _warm_up(self) -> None:
        """Runs every batch that may come, if anything is compiled."""
        began, family = time.perf_counter(), self.model.family
        check_sizes(family, self._settings)
        sizes = self._settings.warm_up
        if not self.provenance.compiled:
            if sizes:
                log.warning("--warm-up has no effect: nothing is compiled")
            return
        sizes = sizes or default_sizes(family)
        for cells in batches(family, sizes, batch_sizes(self.max_batch)):
            if self._queue.closed:
                return
            runs = [Run(pb.RunRequest(cell=cell), _ignore) for cell in cells]
            for run in runs:
                self._enter(run)
            while self._scheduler.open:
                self._scheduler.advance()
            for run in runs:
                if (error := run.ended.result()) is not None:
                    raise CannotLoad(
                        f"--compile {self._settings.compile} failed in the warm-up ({error}); "
                        "serve with --compile off"
                    )
        self.forward_times.clear()
        log.info("compiled for batches in %.0f s", time.perf_counter() - began)

    def _work(self) -> None:
        # Each pipeline turns gradients off and later restores what it found, which would turn them
        # on for the other pipelines of this thread.
        torch.set_grad_enabled(False)
        if self.provenance.compiled:
            configure_compiler()
        try:
            self._warm_up()
        except Exception as error:
            self.ready.set_exception(error)
            return
        self.ready.set_result(None)
        while self._scheduler.open or not self._queue.ended:
            while self._scheduler.open < self.max_batch:
                if not self._scheduler.open:
                    self.forward_times.idle()
                if (run := self._queue.take(wait=not self._scheduler.open)) is None:
                    break
                self._enter(run)
            # These end at once, so they need no free place.
            for run in self._queue.take_cancelled():
                self._enter(run)
            self._scheduler.advance()

    def _enter(self, run: Run) -> None:
        self._scheduler.enter(partial(self._sample, run))

    def _sample(self, run: Run) -> None:
        with self._lock:
            if not self._running and self.model.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(self.model.device)
            self._running.add(run.run_id)
        execution = Execution(run, self._equipment)
        execution.sample()
        self._finisher.submit(self._end, execution)

    def _end(self, execution: Execution) -> None:
        """Emits a run's last event, once everything before it was emitted."""
        run, last = execution.run, execution.finish()
        with self._lock:
            self._runs.pop(run.run_id, None)
            self._running.discard(run.run_id)
        run.emit(last)
        run.ended.set_result(last.failed.message if last.HasField("failed") else None)


def _ignore(event: pb.RunResponse) -> None:
    pass
