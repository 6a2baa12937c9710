"""Artifacts of finished runs, until the server needs the space or ends."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from l1probe.serving.enums import ArtifactKind
from l1probe.v1 import probe_pb2 as pb

VIDEO_FPS = 15


class ArtifactStore:
    """Keeps files in a temporary folder within a budget; the oldest are deleted first."""

    def __init__(self, budget_bytes: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="l1probe-"))
        self._budget = budget_bytes
        self._files: OrderedDict[str, Path] = OrderedDict()
        self._lock = threading.Lock()

    def keep(
        self, kind: ArtifactKind, file_name: str, write: Callable[[Path], object]
    ) -> pb.Artifact:
        """Lets `write` create the file and adds it to the store.

        Raises:
            OSError: the file could not be written.
        """
        artifact_id = uuid4().hex
        path = self._folder / artifact_id / file_name
        path.parent.mkdir()
        write(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with self._lock:
            self._files[artifact_id] = path
            self._evict()
        return pb.Artifact(
            artifact_id=artifact_id, kind=kind, file_name=file_name, size=size, sha256=digest
        )

    def path(self, artifact_id: str) -> Path | None:
        """The path of an artifact; None if it is unknown or was deleted to free space."""
        with self._lock:
            return self._files.get(artifact_id)

    def close(self) -> None:
        """Removes every file."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _evict(self) -> None:
        sizes = {key: path.stat().st_size for key, path in self._files.items()}
        # The newest stays even if it alone exceeds the budget.
        while len(sizes) > 1 and sum(sizes.values()) > self._budget:
            oldest = next(iter(self._files))
            shutil.rmtree(self._files.pop(oldest).parent, ignore_errors=True)
            del sizes[oldest]
