"""`python -m l1probe`: flags, logs, signals, and one line of JSON when ready."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading

from l1probe.serving.lora_name import parse_loras
from l1probe.serving.model_name import CannotLoad, parse_model_name
from l1probe.settings import Settings, parse_settings

# Writing a clip starts ffmpeg; gRPC's own fork handlers only warn about it.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
# Threads that spin while waiting slow down a shared CPU several times.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> int:
    """Serves until SIGINT, SIGTERM or, with --exit-with-stdin, the end of standard input.

    Returns:
        0 after a requested stop, 2 if the model cannot be loaded or the address cannot be bound.
    """
    settings = parse_settings()
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for client in ("httpx", "httpx2"):
        # One line per request of a download; its progress bars say more.
        logging.getLogger(client).setLevel(logging.WARNING)
    try:
        # Importing torch and diffusers takes seconds; a wrong name fails before that.
        parse_model_name(settings.model)
        parse_loras(settings.lora)
    except CannotLoad as error:
        return _refuse(error)
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    if not sys.stderr.isatty():
        diffusers_logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()

    try:
        asyncio.run(_serve(settings))
    except (CannotLoad, OSError) as error:
        return _refuse(error)
    return 0


def _refuse(error: Exception) -> int:
    print(f"l1probe: {error}", file=sys.stderr)
    return 2


async def _serve(settings: Settings) -> None:
    from l1probe.serving.service import serve

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if settings.exit_with_stdin:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()

    def ready(address: str) -> None:
        print(
            json.dumps({"l1probe": "serving", "address": address, "pid": os.getpid()}), flush=True
        )

    await serve(settings, ready, stop)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())
