"""The samplers in float64, written from the papers' formulas rather than from diffusers.

Along x = αx₀ + σε with α = 1 − σ the prediction v = ε − x₀ gives x₀ = x − σv and ε = x + αv.
λ = log(α/σ); a step goes from σ_s to σ_t and h = λ_t − λ_s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

Velocity = Callable[[np.ndarray, float], np.ndarray]
Noise = Callable[[], np.ndarray]


def bounds_of(sigmas: Sequence[float]) -> list[float]:
    """The float32 sigmas that run, and 0."""
    return [*np.array(sigmas, dtype=np.float32).astype(float).tolist(), 0.0]


def log_snr(sigma: float) -> float:
    if sigma in (0.0, 1.0):
        return np.inf if sigma == 0 else -np.inf
    return float(np.log1p(-sigma) - np.log(sigma))


def euler(velocity: Velocity, sigmas: Sequence[float], x: np.ndarray) -> np.ndarray:
    for s, t in pairwise(bounds_of(sigmas)):
        x = x + (t - s) * velocity(x, s)
    return x


def heun(velocity: Velocity, sigmas: Sequence[float], x: np.ndarray) -> np.ndarray:
    for s, t in pairwise(bounds_of(sigmas)):
        slope = velocity(x, s)
        if t > 0:
            slope = (slope + velocity(x + (t - s) * slope, t)) / 2
        x = x + (t - s) * slope
    return x


def euler_stochastic(
    velocity: Velocity, sigmas: Sequence[float], x: np.ndarray, noise: Noise
) -> np.ndarray:
    """arXiv:2303.01469, algorithm 1, on this path."""
    for s, t in pairwise(bounds_of(sigmas)):
        x = (1 - t) * (x - s * velocity(x, s)) + t * noise()
    return x


def _extrapolation(s0: float, s: float, t: float) -> float:
    """1/(2r), r = (λ_s − λ_s0)/h: how far DPM-Solver++(2M) extrapolates; 0 is first order."""
    before, h = log_snr(s) - log_snr(s0), log_snr(t) - log_snr(s)
    return h / before / 2 if np.isfinite(before) and np.isfinite(h) else 0.0


def _data_predictions(
    velocity: Velocity, bounds: Sequence[float]
) -> Iterator[tuple[float, float, Callable[[np.ndarray], np.ndarray]]]:
    """Each step with what turns its state into the extrapolated x₀ of 2M."""
    before: list[tuple[float, np.ndarray]] = []
    for s, t in pairwise(bounds):

        def predict(x: np.ndarray, s: float = s, t: float = t) -> np.ndarray:
            x0 = x - s * velocity(x, s)
            past = before.pop() if before else None
            before.append((s, x0))
            if past is None:
                return x0
            return x0 + _extrapolation(past[0], s, t) * (x0 - past[1])

        yield s, t, predict


def dpmpp_2m(velocity: Velocity, sigmas: Sequence[float], x: np.ndarray) -> np.ndarray:
    """arXiv:2211.01095, algorithm 2, with α_t(1 − e⁻ʰ) written as α_t − α_s·σ_t/σ_s."""
    for s, t, predict in _data_predictions(velocity, bounds_of(sigmas)):
        x = t / s * x + ((1 - t) - (1 - s) * t / s) * predict(x)
    return x


def dpmpp_sde(
    velocity: Velocity, sigmas: Sequence[float], x: np.ndarray, noise: Noise
) -> np.ndarray:
    """arXiv:2211.01095, SDE-DPM-Solver++(2M): the diffusion SDE, data prediction."""
    for s, t, predict in _data_predictions(velocity, bounds_of(sigmas)):
        e = (1 - s) / s * t / (1 - t)  # e⁻ʰ
        x = t / s * e * x + (1 - t) * (1 - e**2) * predict(x) + t * np.sqrt(1 - e**2) * noise()
    return x


def unipc(velocity: Velocity, sigmas: Sequence[float], x: np.ndarray) -> np.ndarray:
    """arXiv:2302.04867, UniPC-2, B(h) = e^h − 1, data prediction, multistep.

    The predictor, whose one coefficient the paper sets to 1/2, is 2M. The corrector's
    coefficients c_m of x₀(λ_m) − x₀(λ_s) are those that integrate e^(λ−λ_t)·(x₀(λ) − x₀(λ_s))
    exactly for polynomials in λ through the points it has; with one point the paper sets
    (1 − e⁻ʰ)/2 instead. A point at σ = 1 is infinitely far and has no part.
    """
    bounds = bounds_of(sigmas)
    past: list[tuple[float, np.ndarray]] = []
    corrected = x
    for s, t in pairwise(bounds):
        x0 = x - s * velocity(x, s)
        if past:
            corrected = _corrected(past, s, x0, corrected)
        past.append((s, x0))
        ahead = x0
        if len(past) > 1:
            ahead = x0 + _extrapolation(past[-2][0], s, t) * (x0 - past[-2][1])
        x = t / s * corrected + ((1 - t) - (1 - s) * t / s) * ahead
    return x


def _corrected(
    past: list[tuple[float, np.ndarray]], t: float, x0_t: np.ndarray, x: np.ndarray
) -> np.ndarray:
    s, x0_s = past[-1]
    h, kept = log_snr(t) - log_snr(s), 1 - (1 - s) / s * t / (1 - t)  # 1 − e⁻ʰ
    drift = t / s * x + (1 - t) * kept * x0_s
    if len(past) == 1:
        return drift + (1 - t) * kept / 2 * (x0_t - x0_s)
    # ∫₀ʰ e^(u−h)·uⁿ du for n = 1 and 2, by parts.
    first = h - kept
    second = h**2 - 2 * first
    if not np.isfinite(log_snr(past[-2][0])):
        return drift + (1 - t) * first / h * (x0_t - x0_s)
    back = log_snr(past[-2][0]) - log_snr(s)
    weights = np.linalg.solve([[back, h], [back**2, h**2]], [first, second])
    return drift + (1 - t) * (weights[0] * (past[-2][1] - x0_s) + weights[1] * (x0_t - x0_s))


def deis(order: int, velocity: Velocity, sigmas: Sequence[float], x: np.ndarray) -> np.ndarray:
    """arXiv:2204.13902, AB-DEIS: d(x/α)/dρ = ε with ρ = σ/α, ε interpolated in log ρ (not t).

    The integral of the interpolating polynomial is taken by Gauss and Legendre's rule. Where a
    step touches σ = 1 or 0 it is Euler's, which no later step sees. Below 15 steps order 3 is
    lowered by one in the last step but one, as diffusers does by default.
    """
    bounds = bounds_of(sigmas)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    past: list[tuple[float, np.ndarray]] = []
    for step, (s, t) in enumerate(pairwise(bounds)):
        v = velocity(x, s)
        if s == 1 or t == 0:
            x = x + (t - s) * v
            continue
        past.append((-log_snr(s), x + (1 - s) * v))
        most = order - 1 if order == 3 and len(sigmas) < 15 and step == len(sigmas) - 2 else order
        points = past[-most:]
        a, b = -log_snr(s), -log_snr(t)
        u = a + (b - a) * (nodes + 1) / 2
        moved = np.zeros_like(x)
        for here, epsilon in points:
            basis = np.ones_like(u)
            for other, _ in points:
                if other != here:
                    basis = basis * (u - other) / (here - other)
            # dρ = ρ d(log ρ)
            moved = moved + (weights * basis * np.exp(u)).sum() * (b - a) / 2 * epsilon
        x = (1 - t) * (x / (1 - s) + moved)
    return x
