"""A small hub on loopback: what huggingface_hub asks of the real one, answered from folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Repository:
    """One model repository.

    Attributes:
        folder: its files.
        revisions: branches and tags to commits.
        gated: whether files are refused.
    """

    folder: Path
    revisions: Mapping[str, str] = field(default_factory=lambda: {"main": "a" * 40})
    gated: bool = False


@contextmanager
def fake_hub(repositories: Mapping[str, Repository]) -> Iterator[str]:
    """Serves repositories by their id until the block ends.

    Yields:
        The address for HF_ENDPOINT.
    """

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, with_body: bool) -> None:
            parts = unquote(urlsplit(self.path).path).strip("/").split("/")
            is_api = parts[:2] == ["api", "models"]
            owner, name, *rest = parts[2:] if is_api else parts
            repository = repositories.get(f"{owner}/{name}")
            if repository is None:
                return self._refuse(404, "RepoNotFound")
            revision = rest[1] if len(rest) > 1 else "main"
            commit = repository.revisions.get(revision)
            if commit is None and revision in repository.revisions.values():
                commit = revision
            if commit is None:
                return self._refuse(404, "RevisionNotFound")
            files = sorted(p for p in repository.folder.rglob("*") if p.is_file())
            if rest[:1] == ["tree"]:
                tree = [
                    {
                        "type": "file",
                        "path": p.relative_to(repository.folder).as_posix(),
                        "size": p.stat().st_size,
                        "oid": hashlib.sha1(p.read_bytes()).hexdigest(),
                    }
                    for p in files
                ]
                return self._send(json.dumps(tree).encode(), "application/json", {}, with_body)
            if is_api:
                siblings = [
                    {"rfilename": p.relative_to(repository.folder).as_posix()} for p in files
                ]
                about = {"id": f"{owner}/{name}", "sha": commit, "siblings": siblings, "tags": []}
                return self._send(json.dumps(about).encode(), "application/json", {}, with_body)
            if repository.gated:
                return self._refuse(403, "GatedRepo")
            path = repository.folder / "/".join(rest[2:])
            if path not in files:
                return self._refuse(404, "EntryNotFound")
            body = path.read_bytes()
            headers = {"ETag": f'"{hashlib.sha1(body).hexdigest()}"', "X-Repo-Commit": commit}
            self._send(body, "application/octet-stream", headers, with_body)

        def _send(
            self, body: bytes, kind: str, headers: Mapping[str, str], with_body: bool
        ) -> None:
            self.send_response(200)
            for key, value in {
                **headers,
                "Content-Type": kind,
                "Content-Length": len(body),
            }.items():
                self.send_header(key, str(value))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def _refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
