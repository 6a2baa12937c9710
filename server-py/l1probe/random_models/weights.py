"""Untrained weights that are the same on every device, bit for bit.

Libraries draw initial weights from a generator whose numbers depend on the device. Here every draw
is a function of its place instead: number i of draw n is SplitMix64 (Steele, Lea and Flood,
doi:10.1145/2660193.2660195) at (SEED, n, i). Integer arithmetic, exact conversions and single
roundings give the same bits everywhere; no transcendental function is involved. Weights are drawn
in float32 on their final device and then rounded, so bfloat16 weights are the rounded float32 ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import init_on_device
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

SEED = 0

#: Names how weights are drawn. Part of fingerprints, since another way gives another model.
RECIPE = "splitmix64"

#: Values drawn at once, which bounds the memory needed in addition to the weights.
CHUNK = 1 << 24

_STRIDE = 0x9E3779B97F4A7C15
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SHIFTS = (30, 27, 31)

#: Mean and inverse standard deviation of the sum of four 16-bit numbers (Irwin-Hall).
_MEAN = 2 * 65535
_SCALE = (4 * (65536**2 - 1) / 12) ** -0.5


@contextmanager
def made_on(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Parameters of modules built inside are made on `device` in `dtype`, with no copy elsewhere.

    Their buffers stay on the CPU, because tables of sines differ between devices; moving the
    pipeline moves them.
    """
    before = torch.get_default_dtype()
    truncated: Any = nn.init._no_grad_trunc_normal_
    torch.set_default_dtype(dtype)
    nn.init._no_grad_trunc_normal_ = _clamped_normal
    try:
        with init_on_device(device, include_buffers=False), _draws:
            yield
    finally:
        nn.init._no_grad_trunc_normal_ = truncated
        torch.set_default_dtype(before)


def _clamped_normal(
    tensor: Tensor,
    mean: float | int,
    std: float | int,
    a: float | int,
    b: float | int,
    generator: torch.Generator | None = None,
) -> Tensor:
    # PyTorch's own truncation takes erfinv before 2.13, and draws again and again from then on.
    with torch.no_grad():
        return tensor.normal_(mean, std).clamp_(a, b)


def restart_draws() -> None:
    """Restarts the count of draws, so that a model's weights do not depend on earlier models."""
    _draws.count = 0


def as_loaded(model: nn.Module, dtype: torch.dtype) -> None:
    """Casts a float32 model as `from_pretrained(dtype=…)` does, which keeps some parts in float32.

    Wan, for example, embeds its timesteps in float32 even if the rest is in bfloat16.
    """
    kept = set(getattr(model, "_keep_in_fp32_modules", None) or ())
    for name, parameter in model.named_parameters():
        if not kept & set(name.split(".")):
            parameter.data = parameter.data.to(dtype)


class CountedDraws(TorchDispatchMode):
    """Replaces PyTorch's random numbers inside by numbers that depend on the draw's count alone.

    Raises:
        NotImplementedError: an operator with random results draws from another distribution than
            uniform or normal; also for `erfinv_`, whose results depend on the device.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = func.overloadpacket.__name__
        if name in ("rand", "randn"):
            kwargs.pop("generator", None)
            made = torch.empty(*args, **kwargs)
            return self._fill(made, "uniform_" if name == "rand" else "normal_", (0.0, 1.0))
        if name in ("uniform_", "normal_"):
            first, second = ("from", "to") if name == "uniform_" else ("mean", "std")
            given = dict(zip((first, second), args[1:], strict=False)) | kwargs
            bounds = float(given.get(first, 0)), float(given.get(second, 1))
            return self._fill(args[0], name, bounds)
        if torch.Tag.nondeterministic_seeded in func.tags or name == "erfinv_":
            raise NotImplementedError(f"{func} would differ between devices")
        return func(*args, **kwargs)

    def _fill(self, out: Tensor, kind: str, parameters: tuple[float, float]) -> Tensor:
        key = _mixed_key(SEED, self.count)
        self.count += 1
        flat = torch.empty(out.numel(), dtype=out.dtype, device=out.device)
        for start in range(0, flat.numel(), CHUNK):
            part = flat[start : start + CHUNK]
            bits = _bits(key, start, part.numel(), out.device)
            if kind == "uniform_":
                low, high = parameters
                # 24 bits are exact in float32.
                unit = ((bits >> 40) & 0xFFFFFF).to(torch.float32).mul_(2.0**-24)
                part.copy_(unit.mul_(high - low).add_(low))
            else:
                mean, deviation = parameters
                words = [(bits >> shift) & 0xFFFF for shift in (0, 16, 32, 48)]
                total = torch.stack(words).sum(0) - _MEAN
                part.copy_(total.to(torch.float32).mul_(_SCALE).mul_(deviation).add_(mean))
        return out.copy_(flat.view(out.shape))


_draws = CountedDraws()


def _mixed_key(seed: int, count: int) -> int:
    """The 64-bit start of one draw's counter: SplitMix64's output for the draw."""
    value = (seed + (count + 1) * _STRIDE) % 2**64
    for shift, factor in zip(_SHIFTS, (*_FACTORS, 1), strict=True):
        value = (value ^ (value >> shift)) * factor % 2**64
    return value


def _bits(key: int, start: int, count: int, device: torch.device) -> Tensor:
    """SplitMix64 at key + (start + i)·stride; int64 wraps on every device."""
    bits = torch.arange(start + 1, start + count + 1, device=device)
    bits.mul_(_signed(_STRIDE)).add_(_signed(key))
    for shift, factor in zip(_SHIFTS, (*_FACTORS, 1), strict=True):
        # The shift of int64 is arithmetic; the mask makes it logical.
        bits.bitwise_xor_((bits >> shift) & ((1 << (64 - shift)) - 1)).mul_(_signed(factor))
    return bits


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
