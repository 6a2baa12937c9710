"""A causal 3-D convolution in a faster form, in place of a stock layer's forward for a while."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from . import world
from .autoencoder import Autoencoder, decode, mixed_precision, posterior
from .progress import log
from .recipe import Bucket

Convolution = Callable[..., Tensor]


def half_under_autocast(x: Tensor) -> Tensor:
    """Norms leave float32 under autocast; padding and stacking cost half in bfloat16."""
    return x.bfloat16() if torch.is_autocast_enabled(x.device.type) else x


def stacked_taps(x: Tensor, convolution: Any, pad: tuple[int, ...], mode: str) -> Tensor:
    """The convolution as a 2-D one whose input channels are the kernel's frames.

    Args:
        x: (n, t, c, h, w), padded in time.
        convolution: the 3-D layer whose weight, bias and stride apply.
        pad: left, right, top, bottom.
        mode: of the padding in space, as `torch.nn.functional.pad` names it.
    """
    kernel = convolution.weight
    taps = kernel.shape[2]
    stride_in_time, *stride = convolution.stride
    last_start = x.shape[1] - taps
    x = torch.cat([x[:, k : last_start + k + 1 : stride_in_time] for k in range(taps)], dim=2)
    n, frames = x.shape[:2]
    x = x.flatten(0, 1)
    if any(pad):
        x = functional.pad(x, pad, mode=mode)
    if x.is_cuda:
        x = x.contiguous(memory_format=torch.channels_last)
    y = functional.conv2d(
        x, kernel.transpose(1, 2).flatten(1, 2), convolution.bias, stride=tuple(stride)
    )
    return y.unflatten(0, (n, frames)).transpose(1, 2)


@contextmanager
def convolving(layer: Any, form: Convolution) -> Iterator[None]:
    """Let every layer of a class run as `form` for a while."""
    stock = layer.forward
    layer.forward = form
    try:
        yield
    finally:
        layer.forward = stock


def fastest(
    layer: Any,
    forms: Mapping[str, Convolution],
    autoencoder: Autoencoder,
    bucket: Bucket,
    generator: torch.Generator,
) -> AbstractContextManager[None]:
    """The form of a layer class in which a training step is fastest; the first on a CPU, untimed.

    cudnn's own search takes 20 s for each clip size.
    """
    first, *_ = forms
    if generator.device.type != "cuda":
        return convolving(layer, forms[first])
    video = world.draw(world.training_scenes(bucket.batch, generator), bucket.size, generator).video
    seconds: dict[str, float] = {}
    for name, form in forms.items():
        times = []
        with convolving(layer, form):
            for _ in range(4):
                torch.cuda.synchronize()
                began = time.perf_counter()
                with mixed_precision(generator.device):
                    decoded = decode(autoencoder, posterior(autoencoder, video).mode())
                decoded.float().mean().backward()
                torch.cuda.synchronize()
                times.append(time.perf_counter() - began)
        autoencoder.zero_grad()
        seconds[name] = min(times[1:])
    log("convolution", {name: f"{1e3 * s:.1f} ms" for name, s in seconds.items()})
    return convolving(layer, forms[min(forms, key=lambda name: seconds[name])])
