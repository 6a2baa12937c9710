"""Why a run failed, as the contract and a caller may know it."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import torch

from l1probe.samplers import SigmasNotVerbatim
from l1probe.v1 import probe_pb2 as pb

log = logging.getLogger(__name__)


class Cancelled(Exception):
    """The run was cancelled; raised at a hook, so it stops within one step."""


def failure(run_id: str, error: Exception, steps_done: int) -> pb.Failed:
    """The last event of a run that raised `error`; logs what is not the caller's doing."""
    if isinstance(error, Cancelled):
        reason, message = pb.FAILURE_REASON_CANCELLED, "cancelled"
    elif isinstance(error, SigmasNotVerbatim):
        reason, message = pb.FAILURE_REASON_SIGMAS_NOT_VERBATIM, str(error)
    elif isinstance(error, torch.OutOfMemoryError):
        torch.cuda.empty_cache()
        reason = pb.FAILURE_REASON_OUT_OF_MEMORY
        message = "the device ran out of memory; request fewer frames or pixels, or use --offload"
        log.error("run %s: %s", run_id, error)
    else:
        reason, message = pb.FAILURE_REASON_INTERNAL, _without_paths(error)
        log.error("run %s failed", run_id, exc_info=error)
    return pb.Failed(reason=reason, message=message, steps_done=steps_done)


def _without_paths(error: Exception) -> str:
    # A caller may know what went wrong, not where this server's files are.
    first = next(iter(str(error).splitlines()), "")
    return re.sub(
        r"(?:/[\w.+-]+){2,}", lambda m: Path(m[0]).name, f"{type(error).__name__}: {first}"
    )
