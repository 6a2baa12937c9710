"""Muon: momentum whose update is made nearly orthogonal (Jordan et al., 2024).

Small matrices of a network see gradients of very low rank; an update with equal singular values
moves all directions equally and trains these small models several times faster than AdamW alone.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
# Quintic Newton-Schulz iteration with the coefficients of the published Muon: it drives singular
# values into about [0.7, 1.2] within five iterations.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
# Gives an update the root mean square that AdamW's has, so that one rate range fits both
# (Liu et al., 2025, "Muon is scalable for LLM training").
MATCHED_RMS = 0.2


def orthogonalise(matrices: Tensor) -> Tensor:
    """Replace the singular values of (k, rows, columns) matrices by about 1, in one batch."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-12)
    x = x.bfloat16() if x.is_cuda else x
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


class Muon:
    """For weights of two or more dimensions, flattened to (out, in); needs their `.grad`."""

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        by_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for parameter in parameters:
            by_shape[parameter.flatten(1).shape].append(parameter)
        self.groups = [
            (group, torch.zeros(len(group), *shape, device=group[0].device))
            for shape, group in by_shape.items()
        ]

    @torch.no_grad()
    def step(self, rate: Tensor) -> None:
        """One update. `rate` is a scalar tensor, so that a captured graph can follow a schedule."""
        for parameters, momentum in self.groups:
            gradients = torch.stack([_gradient(p).flatten(1) for p in parameters])
            momentum.lerp_(gradients, 1 - MOMENTUM)
            ahead = gradients.lerp(momentum, MOMENTUM)  # Nesterov
            scale = MATCHED_RMS * max(momentum.shape[1:]) ** 0.5
            change = orthogonalise(ahead) * (-rate * scale)
            for parameter, delta in zip(parameters, change.unbind(0), strict=True):
                parameter.add_(delta.view_as(parameter))


def _gradient(parameter: nn.Parameter) -> Tensor:
    if parameter.grad is None:
        raise ValueError("a parameter given to Muon has no gradient")
    return parameter.grad
