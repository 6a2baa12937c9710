"""What the operator of a server chooses, as flags."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_CHECKOUT = _PACKAGE.parent / "models" / "tiny"
#: In a checkout beside the package, in an installed package inside it.
BUNDLED_MODEL = _IN_CHECKOUT if _IN_CHECKOUT.is_dir() else _PACKAGE / "models" / "tiny"

DTYPES = ("auto", "bfloat16", "float16", "float32")
COMPILE_MODES = ("auto", "dynamic", "static", "off")
OFFLOADS = ("none", "model", "group")


@dataclass(frozen=True)
class Settings:
    """One server's settings; every field is a flag of the same name."""

    model: str
    lora: tuple[str, ...]
    host: str
    port: int
    device: str
    dtype: str
    offload: str
    vae_tiling: bool
    max_batch: int
    compile: str
    warm_up: tuple[tuple[int, int, int], ...]
    exit_with_stdin: bool
    max_steps: int
    max_frames: int
    max_pixels: int
    artifact_megabytes: int


def parse_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Reads flags; argparse prints the usage and exits with 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        prog="l1probe-server",
        description="Run a stock diffusers pipeline and stream statistics of every step over gRPC.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--model",
        default=str(BUNDLED_MODEL),
        help="folder or hub id that from_pretrained loads, or random:NAME for untrained weights",
    )
    add(
        "--lora",
        action="append",
        default=[],
        metavar="[TRANSFORMER=]SOURCE[:SCALE]",
        help="file, folder or hub id of a LoRA to load, times SCALE; repeat it for several",
    )
    add(
        "--host", default="127.0.0.1", help="address to bind; anyone who can reach it can run cells"
    )
    add("--port", type=_port, default=50151, help="0 picks a free one and prints it")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    add(
        "--dtype",
        choices=DTYPES,
        default="auto",
        help="of the transformer; auto: bfloat16, the rest float16, on a GPU; float32 on a CPU",
    )
    add("--offload", choices=OFFLOADS, default="none", help="diffusers' CPU offloading")
    add(
        "--vae-tiling",
        action="store_true",
        help="decode in tiles: less memory, slightly different pixels",
    )
    add(
        "--max-batch",
        type=_positive,
        default=16,
        help="largest batch, and so concurrent cells; 1 runs each as the stock pipeline does",
    )
    add(
        "--compile",
        choices=COMPILE_MODES,
        default="auto",
        help="the transformer's blocks: dynamic, once for all sizes; static, once per size, which "
        "is faster for long clips; auto: dynamic on a GPU that holds the model",
    )
    add(
        "--warm-up",
        type=_sizes,
        default=(),
        metavar="HxWxF,…",
        help="sizes to compile for before serving; default: a small clip and one frame of it",
    )
    add("--exit-with-stdin", action="store_true", help="stop when standard input closes")
    add("--max-steps", type=_positive, default=1000, help="longest schedule accepted")
    add("--max-frames", type=_positive, default=257, help="longest clip accepted")
    add("--max-pixels", type=_positive, default=2048 * 2048, help="largest height × width accepted")
    add(
        "--artifact-megabytes",
        type=_positive,
        default=4096,
        help="space for artifacts; the oldest are deleted first",
    )
    parsed = vars(parser.parse_args(arguments))
    settings = Settings(**{**parsed, "lora": tuple(parsed["lora"])})
    if settings.compile in ("dynamic", "static") and settings.max_batch == 1:
        parser.error(
            f"--compile {settings.compile} needs --max-batch of at least 2; with 1 each cell runs "
            "as the stock pipeline does, uncompiled"
        )
    return settings


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive whole number")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return value


def _sizes(text: str) -> tuple[tuple[int, int, int], ...]:
    sizes = []
    for part in text.split(","):
        numbers = part.split("x")
        if len(numbers) != 3 or not all(n.isdecimal() and int(n) > 0 for n in numbers):
            raise argparse.ArgumentTypeError(
                f"{part!r} is not a size; give height, width and frames as in 320x512x17"
            )
        height, width, frames = (int(number) for number in numbers)
        sizes.append((height, width, frames))
    return tuple(sizes)
