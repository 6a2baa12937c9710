"""A server in its own process, for scripts, notebooks and tests on the same host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_PACKAGES = str(Path(__file__).resolve().parents[2])


class ServerFailed(RuntimeError):
    """The server did not start, or did not stop as requested; its log is on standard error.

    Attributes:
        exit_code: of the process; negative if a signal ended it.
    """

    def __init__(self, what: str, exit_code: int) -> None:
        super().__init__(f"the server {what} (exit code {exit_code}); see its log above")
        self.exit_code = exit_code


@contextmanager
def started_server(flags: Sequence[str] = (), stop_seconds: float = 60.0) -> Iterator[str]:
    """Starts `python -m l1probe` on a free port and stops it when the block ends.

    Args:
        flags: of the server, for example `["--model", "models/tiny", "--device", "cpu"]`.
        stop_seconds: how long the server may take to stop before it is killed.

    Yields:
        The address that it listens on, as host:port. Loading the model may take minutes.

    Raises:
        ServerFailed: the server ended before it was ready, with another exit code than 0, or not
            within `stop_seconds`.
    """
    path = os.pathsep.join(filter(None, (_PACKAGES, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [sys.executable, "-m", "l1probe", "--port", "0", "--exit-with-stdin", *flags],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    # Leaving this block closes the pipes; the server stops with its standard input.
    with process:
        try:
            line = process.stdout.readline()
            if not line:
                raise ServerFailed("ended before it was ready", process.wait())
            yield json.loads(line)["address"]
        finally:
            process.stdin.close()
            try:
                exit_code = process.wait(stop_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise ServerFailed("did not stop and was killed", process.wait()) from None
        if exit_code != 0:
            raise ServerFailed("failed", exit_code)
