"""Writes test/golden/schedule/*.json: reference values from other projects for the schedule tests.

Run: .venv/bin/python scripts/golden-schedules.py [NAME …]
Needs diffusers, SciPy and mpmath. Each file records the versions that made it.
"""

import hashlib
import json
import math
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent.parent / "test" / "golden" / "schedule"


def float32_hash(values: np.ndarray) -> str:
    """The first 16 hex digits of SHA-256 over little-endian float32."""
    return hashlib.sha256(np.asarray(values, "<f4").tobytes()).hexdigest()[:16]


def flow_shift() -> dict:
    """scheduler.sigmas as HunyuanVideoPipeline sets them up, without the terminal 0."""
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import (
        retrieve_timesteps,
    )

    def run(shift: float, steps: int) -> np.ndarray:
        scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
        retrieve_timesteps(scheduler, steps, "cpu", sigmas=np.linspace(1.0, 0.0, steps + 1)[:-1])
        sigmas = scheduler.sigmas.numpy()
        assert sigmas.dtype == np.float32
        assert len(sigmas) == steps + 1
        assert sigmas[-1] == 0
        return sigmas[:-1]

    shifts = [1, 3, 5, 7, 9, 12, 17]
    return {
        "source": "diffusers FlowMatchEulerDiscreteScheduler(shift=S) behind HunyuanVideoPipeline's retrieve_timesteps",
        "what": "hashes[S][N − 1] = first 16 hex digits of SHA-256 over the N sigmas as little-endian float32",
        "hashes": {str(s): [float32_hash(run(float(s), n)) for n in range(1, 101)] for s in shifts},
        "values": {f"{s}/{n}": [float(x) for x in run(float(s), n)] for s in shifts for n in (1, 5, 50)},
    }


def linear_quadratic() -> dict:
    """Mochi's schedule at several thresholds."""
    from diffusers.pipelines.mochi.pipeline_mochi import linear_quadratic_schedule

    cases = [(n, t) for n in (2, 3, 5, 10, 25, 50, 51, 100) for t in (0.025, 0.1, 0.5)]
    return {
        "source": "diffusers.pipelines.mochi.pipeline_mochi.linear_quadratic_schedule",
        "cases": [{"steps": n, "threshold": t, "sigmas": linear_quadratic_schedule(n, t)} for n, t in cases],
    }


def special_functions() -> dict:
    """erf, probit, beta CDF and quantile, PCHIP."""
    from scipy import special, stats
    from scipy.interpolate import PchipInterpolator

    xs = [0.0, 1e-8, 0.1, 0.5, 1.0, 1.4, 1.5, 1.6, 2.0, 3.0, 5.0, 10.0, 20.0]
    ps = [1e-300, 1e-20, 1e-9, 0.001, 0.02, 0.25, 0.49, 0.5, 0.51, 0.75, 0.98, 0.999]
    shapes = [
        (0.6, 0.6),
        (0.5, 0.7),
        (1, 1),
        (2, 5),
        (5, 2),
        (0.1, 0.3),
        (0.05, 3),
        (30, 0.8),
        (80, 120),
        (1.0, 0.2),
    ]
    quantiles = [0.001, 0.02, 0.1, 0.37, 0.5, 0.61, 0.9, 0.98, 0.999]
    rng = np.random.default_rng(0)
    curves = []
    for count in (2, 3, 4, 9):
        x = np.cumsum(rng.uniform(0.05, 1, count))
        y = np.cumsum(rng.uniform(0, 1, count) ** 3)
        at = np.sort(np.append(rng.uniform(x[0], x[-1], 20), x))
        curves.append(
            {
                "x": list(x),
                "y": list(y),
                "at": list(at),
                "values": list(PchipInterpolator(x, y)(at)),
            }
        )
    return {
        "source": "scipy.special, scipy.stats.beta, scipy.interpolate.PchipInterpolator",
        "erf": [{"x": x, "erf": float(special.erf(x)), "erfc": float(special.erfc(x))} for x in xs],
        "probit": [{"p": p, "x": float(special.ndtri(p))} for p in ps],
        "beta": [
            {
                "a": a,
                "b": b,
                "p": p,
                "x": float(stats.beta.ppf(p, a, b)),
                "cdf": float(stats.beta.cdf(p, a, b)),
            }
            for a, b in shapes
            for p in quantiles
        ],
        "pchip": curves,
    }


def ends_to_ends() -> dict:
    """diffusers' schedules from a first to a last sigma, in float64."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler()
    convert = {
        "karras": scheduler._convert_to_karras,
        "exponential": scheduler._convert_to_exponential,
        "beta:.6,.6": scheduler._convert_to_beta,
        "beta:.5,.7": lambda **given: scheduler._convert_to_beta(**given, alpha=0.5, beta=0.7),
    }
    cases = []
    for name, make in convert.items():
        for steps in (1, 2, 10, 50):
            for low, high in ((0.001, 1.0), (0.02, 1.0), (0.1, 0.9)):
                sigmas = make(in_sigmas=np.array([high, low]), num_inference_steps=steps)
                cases.append(
                    {
                        "spec": name,
                        "min": low,
                        "max": high,
                        "sigmas": [float(x) for x in sigmas],
                    }
                )
    return {
        "source": "FlowMatchEulerDiscreteScheduler._convert_to_karras, _exponential, _beta",
        "cases": cases,
    }


def quantiles() -> dict:
    """Quantile functions as shift functions, on the grid 1 − i/N."""
    from scipy import special, stats

    grid = 1 - np.linspace(0, 1, 40, endpoint=False)
    laplace = stats.laplace.ppf(grid)
    curves = {
        "beta:0.6,0.6": stats.beta.ppf(grid, 0.6, 0.6),
        "beta:0.5,0.7": stats.beta.ppf(grid, 0.5, 0.7),
        "beta:2,5": stats.beta.ppf(grid, 2, 5),
        "logit-normal:0,1": special.expit(stats.norm.ppf(grid)),
        "logit-normal:1.2,0.7": special.expit(1.2 + 0.7 * stats.norm.ppf(grid)),
        "laplace:0,0.5": special.expit(0.5 * laplace),
        "laplace:0.5,1": special.expit(0.5 + laplace),
    }
    return {
        "source": "scipy.stats ppf",
        "steps": 40,
        "sigmas": {spec: list(map(float, s)) for spec, s in curves.items()},
    }


def dynamic_shift() -> dict:
    """What diffusers runs with use_dynamic_shifting, in float32, without the terminal 0."""
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.flux.pipeline_flux import (
        calculate_shift,
        retrieve_timesteps,
    )
    from diffusers.pipelines.flux2.pipeline_flux2 import compute_empirical_mu
    from diffusers.pipelines.hunyuan_video import pipeline_hunyuan_video_framepack as framepack

    def run(mu: float, steps: int, terminal: float | None = None, form: str = "exponential") -> list[float]:
        scheduler = FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True, shift_terminal=terminal, time_shift_type=form
        )
        retrieve_timesteps(scheduler, steps, "cpu", sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
        return [float(x) for x in scheduler.sigmas[:-1]]

    cases = []
    for steps in (2, 7, 28, 50):
        for tokens in (256, 1024, 4096, 6144):
            cases += [
                (f"preset:flux,tokens={tokens}", run(calculate_shift(tokens), steps)),
                (
                    f"preset:flux2,tokens={tokens}",
                    run(compute_empirical_mu(tokens, steps), steps),
                ),
                (
                    f"preset:qwen-image,tokens={tokens}",
                    run(
                        calculate_shift(tokens, 256, 8192, 0.5, 0.9),
                        steps,
                        terminal=0.02,
                    ),
                ),
                (
                    f"preset:ltx-2-diffusers,tokens={tokens}",
                    run(
                        calculate_shift(tokens, 1024, 4096, 0.95, 2.05),
                        steps,
                        terminal=0.1,
                    ),
                ),
                (
                    f"preset:ltx,tokens={tokens}",
                    run(calculate_shift(tokens, 1024, 4096, 0.95, 2.05), steps, terminal=0.1),
                ),
            ]
        cases += [
            (
                f"preset:framepack,tokens={tokens}",
                run(min(framepack.calculate_shift(tokens), math.log(7.0)), steps),
            )
            for tokens in (2304, 8100, 10800)
        ]
        cases += [
            ("mu-shift:1.15", run(1.15, steps)),
            ("mu-shift:3,form=linear", run(3.0, steps, form="linear")),
        ]
    return {
        "source": "diffusers FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), each pipeline's own mu",
        "cases": [{"spec": spec, "sigmas": sigmas} for spec, sigmas in cases],
    }


def double_shift() -> dict:
    """FlowMatchEulerDiscreteScheduler(shift=S) without custom sigmas."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    def run(shift: float, steps: int) -> list[float]:
        scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
        scheduler.set_timesteps(steps)
        return [float(x) for x in scheduler.sigmas[:-1]]

    return {
        "source": "diffusers FlowMatchEulerDiscreteScheduler(shift=S).set_timesteps(N)",
        "cases": [
            {"spec": f"double-shift:{s}", "sigmas": run(float(s), n)} for s in (1, 3, 7, 17) for n in (1, 2, 5, 50)
        ],
    }


SPACINGS = {
    "trailing": {"timestep_spacing": "trailing"},
    "leading:offset=0": {"timestep_spacing": "leading", "steps_offset": 0},
    "leading:offset=1": {"timestep_spacing": "leading", "steps_offset": 1},
    "linspace": {"timestep_spacing": "linspace"},
}


def timestep_spacing() -> dict:
    """The timesteps of the two DDIM schedulers, 999 to 0, which agree."""
    from diffusers import CogVideoXDDIMScheduler, DDIMScheduler

    def run(settings: dict, steps: int) -> np.ndarray:
        first, second = DDIMScheduler(**settings), CogVideoXDDIMScheduler(**settings)
        first.set_timesteps(steps)
        second.set_timesteps(steps)
        assert first.timesteps.equal(second.timesteps)
        return first.timesteps.numpy()

    def block(settings: dict, steps: range) -> str:
        joined = np.concatenate([run(settings, n)[:n] for n in steps]).astype("<i4")
        return hashlib.sha256(joined.tobytes()).hexdigest()[:16]

    long = [n for n in range(1, 1000) if len(run(SPACINGS["trailing"], n)) > n]
    assert all(run(SPACINGS["trailing"], n)[n:].tolist() == [-1] for n in long)
    blocks = [range(n, n + 37) for n in range(1, 1000, 37)]
    return {
        "source": "diffusers DDIMScheduler and CogVideoXDDIMScheduler, 1000 training timesteps",
        "what": "hashes[spacing][k] = first 16 hex digits of SHA-256 over the timesteps, as little-endian int32, of"
        " N = 37k + 1, …, 37k + 37 one behind the other",
        "one timestep too many, -1, left out, at N": long,
        "hashes": {name: [block(settings, b) for b in blocks] for name, settings in SPACINGS.items()},
        "values": {
            f"{name}/{n}": run(settings, n).tolist()
            for name, settings in SPACINGS.items()
            for n in (1, 2, 3, 7, 16, 30, 48, 50, 150)
        },
    }


def pipeline_defaults() -> dict:
    """What each pipeline runs if its caller passes only the number of steps."""
    from diffusers import (
        CogVideoXDDIMScheduler,
        DDIMScheduler,
        FlowMatchEulerDiscreteScheduler,
        UniPCMultistepScheduler,
    )
    from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule as ltx_condition
    from diffusers.pipelines.mochi.pipeline_mochi import linear_quadratic_schedule as mochi

    def flow(shift: float, steps: int, sigmas: np.ndarray | None) -> np.ndarray:
        scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
        scheduler.set_timesteps(steps, sigmas=sigmas)
        return scheduler.sigmas.numpy()[:-1]

    def unipc(shift: float, steps: int) -> np.ndarray:
        scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift)
        scheduler.set_timesteps(steps)
        return scheduler.sigmas.numpy()[:-1]

    def wan(shift: float, steps: int) -> np.ndarray:
        grid = np.linspace(float(np.float32(0.999)), 0.0, steps + 1)[:-1]
        return shift * grid / (1 + (shift - 1) * grid)

    def ddim(kind: type, steps: int, **settings: str) -> np.ndarray:
        scheduler = kind(**settings)
        scheduler.set_timesteps(steps)
        return (scheduler.timesteps.numpy() + 1) / 1000

    makers = {
        "preset:hunyuan-1.5-480p": lambda n: flow(5.0, n, np.linspace(1, 0, n + 1)[:-1]),
        "preset:sd3-diffusers": lambda n: flow(3.0, n, None),
        "preset:flux-schnell": lambda n: flow(1.0, n, np.linspace(1.0, 1 / n, n)),
        "preset:wan2.1-diffusers": lambda n: unipc(5.0, n),
        "preset:wan2.1-diffusers-480p": lambda n: unipc(3.0, n),
        "preset:wan2.1-unipc": lambda n: wan(5.0, n),
        "preset:ltx-condition": lambda n: ltx_condition(n).numpy(),
        "preset:mochi": lambda n: np.array(mochi(n, 0.025)),
        "preset:cogvideox": lambda n: ddim(CogVideoXDDIMScheduler, n, timestep_spacing="trailing"),
        "preset:latte": lambda n: ddim(DDIMScheduler, n),
    }
    return {
        "source": "diffusers' schedulers and pipelines' own functions; wan2.1-unipc: Wan2.1's grid in numpy;"
        " cogvideox and latte: (timestep + 1)/1000",
        "cases": [
            {"spec": spec, "sigmas": [float(np.float32(x)) for x in make(n)]}
            for spec, make in makers.items()
            for n in (2, 5, 30, 50)
        ],
    }


def open_sora() -> dict:
    """Open-Sora's shifts in PyTorch, in the dtype of its runs, and its timesteps over 1000."""
    import torch

    def counted(version: str, frames: torch.Tensor) -> torch.Tensor:
        if frames.item() == 1:
            return frames
        return frames // 17 * 5 if version == "1.2" else (frames - 1) // 4

    def first(version: str, size: tuple[int, int, int], dtype: torch.dtype) -> torch.Tensor:
        width, height, frames = (torch.tensor([float(n)], dtype=dtype) for n in size)
        space = (height * width / 512**2).sqrt()
        return space * counted(version, frames).sqrt()

    def second(size: tuple[int, int, int]) -> torch.Tensor:
        width, height, frames = size
        slope = 2 / 3840
        per_frame = slope * ((height // 16) * (width // 16)) + (1 - slope * 256)
        return torch.tensor([per_frame * math.sqrt((frames - 1) // 4 + 1)], dtype=torch.float64)

    def case(version: str, size: tuple[int, int, int], dtype: str | None) -> dict:
        shift = second(size) if dtype is None else first(version, size, getattr(torch, dtype))
        t = torch.tensor([1 - i / 30 for i in range(30)], dtype=torch.float32)
        clip = "x".join(map(str, size if size[2] > 1 else size[:2]))
        spec = f"open-sora-shift:{clip},version={version}"
        return {
            "spec": spec if dtype is None else f"{spec},dtype={dtype}",
            "shift": shift.item(),
            "sigmas": (shift * t / (1 + (shift - 1) * t)).tolist(),
        }

    clips = {
        "1.2": [(426, 240, 51), (640, 360, 102), (854, 480, 204), (1280, 720, 408), (1024, 1024, 1)],
        "1.3": [(426, 240, 113), (640, 360, 113), (1280, 720, 113), (854, 480, 49), (1024, 1024, 1)],
        "2.0": [(336, 192, 129), (1024, 576, 129), (768, 768, 1), (256, 256, 5)],
    }
    return {
        "source": "the rules of Open-Sora v1.2.0, v1.3 and 2.0, reckoned by PyTorch",
        "cases": [
            case(version, size, dtype)
            for version, sizes in clips.items()
            for size in sizes
            for dtype in ([None] if version == "2.0" else ["bfloat16", "float32"])
        ],
    }


def article() -> dict:
    """The first figure of the article (docs/article.md), computed as its plotting script does."""
    x = np.arange(51)
    y = np.arange(51) / 50
    a = 1.57
    smooth = np.where(
        x < 25,
        0.004 * x,
        (x - 25 + a) * (x - 25 + a) / (25 + a) / (25 + a) * (1 - 0.1) + 0.1,
    )
    curves = {
        "linear": y,
        "shift:7": 1 - (7 * (1 - y)) / (1 + 6 * (1 - y)),
        "shift:17": 1 - (17 * (1 - y)) / (1 + 16 * (1 - y)),
        "linear-quadratic-smooth": smooth,
    }
    return {
        "source": "the article's plotting script: 1 − σ at steps 0 to 50",
        "sigmas": {spec: [float(1 - v) for v in values[:-1]] for spec, values in curves.items()},
    }


def optimal_steps() -> dict:
    """OptimalSteps' rule in numpy, over its published tables."""
    wan = [
        1.0,
        0.997,
        0.995,
        0.993,
        0.991,
        0.989,
        0.987,
        0.985,
        0.98,
        0.975,
        0.973,
        0.968,
        0.96,
        0.946,
        0.927,
        0.902,
    ]
    wan += [0.864, 0.776, 0.539, 0.208, 0.001]
    flux = [
        0.9968,
        0.9886,
        0.9819,
        0.975,
        0.966,
        0.9471,
        0.9158,
        0.8287,
        0.5512,
        0.2808,
        0.001,
    ]

    def resampled(table: list[float], steps: int) -> list[float]:
        old, new = np.linspace(0, 1, len(table)), np.linspace(0, 1, steps + 1)
        return [float(v) for v in np.exp(np.interp(new, old, np.log(table)))[:-1]]

    return {
        "source": "the tables of ComfyUI's OptimalSteps node, interpolated log-linearly with numpy.interp",
        "cases": [
            {"spec": f"optimal-steps:{name}", "sigmas": resampled(table, n)}
            for name, table in (("wan", wan), ("flux", flux))
            for n in (1, 4, 10, 20, 33)
        ],
    }


def cdf_windows() -> dict:
    """CDFs as shift functions in 40-digit arithmetic, with windows solved by mpmath's root finder."""
    import mpmath as mp

    mp.mp.dps = 40
    rows = {
        "logistic": (lambda x: 1 / (1 + mp.e**-x), lambda x: mp.sech(x / 2) ** 2 / 4),
        "gaussian": (mp.ncdf, mp.npdf),
        "student-t2": (
            lambda x: (1 + x / mp.sqrt(1 + x * x)) / 2,
            lambda x: (1 + x * x) ** mp.mpf(-1.5) / 2,
        ),
        "sech": (
            lambda x: 2 * mp.atan(mp.e ** (mp.pi * x / 2)) / mp.pi,
            lambda x: mp.sech(mp.pi * x / 2) / 2,
        ),
        "cauchy": (
            lambda x: mp.atan(x) / mp.pi + mp.mpf(1) / 2,
            lambda x: 1 / (mp.pi * (1 + x * x)),
        ),
        "softsign": (
            lambda x: (1 + x / (1 + abs(x))) / 2,
            lambda x: 1 / (2 * (1 + abs(x)) ** 2),
        ),
    }
    # The terminal slope asked for beside the first slope 1/7, and where the search for the window begins.
    two_slopes = {
        "logistic": (3, 2, 5),
        "gaussian": (2.5, 1, 3),
        "student-t2": (4, 0.5, 3),
        "sech": (1.2, -0.5, 2),
        "cauchy": (5, 0.5, 7),
        "softsign": (3, -0.1, 6),
    }

    def slopes(name, a, b):
        cdf, density = rows[name]
        mean = (cdf(b) - cdf(a)) / (b - a)
        return density(b) / mean, density(a) / mean

    def sampled(name, a, b):
        cdf = rows[name][0]
        return [
            float((cdf(a + (b - a) * t) - cdf(a)) / (cdf(b) - cdf(a))) for t in (mp.mpf(20 - i) / 20 for i in range(20))
        ]

    def from_mode(name, s):
        low, high = mp.mpf("1e-3"), mp.mpf(1000)
        for _ in range(160):
            middle = (low + high) / 2
            low, high = (middle, high) if slopes(name, 0, middle)[0] > mp.mpf(1) / s else (low, middle)
        return mp.mpf(0), low

    def by_slopes(name, s, terminal, guess):
        def off(a, b):
            start, end = slopes(name, a, b)
            return [start - mp.mpf(1) / s, end - terminal]

        return mp.findroot(off, guess)

    def case(spec, name, a, b):
        return {"spec": spec, "terminal": float(slopes(name, a, b)[1]), "sigmas": sampled(name, a, b)}

    cases = [case(f"cdf:{name},s={s}", name, *from_mode(name, s)) for name in rows for s in (2, 7, 17)]
    for name, (terminal, *guess) in two_slopes.items():
        window = by_slopes(name, 7, mp.mpf(terminal), guess)
        cases.append(case(f"cdf:{name},s=7,terminal={terminal}", name, *window))
    return {"source": "mpmath, 40 digits", "steps": 20, "cases": cases}


def comfyui() -> dict:
    """ComfyUI's schedulers on a flow model, from its published rules, in NumPy and SciPy float64."""
    from scipy import stats

    def shifted(s: float, t):
        return s * t / (1 + (s - 1) * t)

    def sigmas(scheduler: str, s: float, n: int) -> np.ndarray:
        table = shifted(s, np.arange(1, 1001) / 1000)
        low, high = table[0], table[-1]
        ramp = np.linspace(0, 1, n)
        if scheduler == "simple":
            return table[[-(1 + int(i * (1000 / n))) for i in range(n)]]
        if scheduler == "ddim_uniform":
            return table[1 :: max(1000 // n, 1)][::-1]
        if scheduler == "beta":
            at = np.rint(stats.beta.ppf(1 - np.linspace(0, 1, n, endpoint=False), 0.6, 0.6) * 999)
            return table[[int(t) for i, t in enumerate(at) if i == 0 or t != at[i - 1]]]
        if scheduler == "normal":
            return shifted(s, np.linspace(high, low, n))
        if scheduler == "sgm_uniform":
            return shifted(s, np.linspace(high, low, n + 1)[:-1])
        if scheduler == "karras":
            return (high ** (1 / 7) + ramp * (low ** (1 / 7) - high ** (1 / 7))) ** 7
        if scheduler == "exponential":
            return np.exp(np.linspace(math.log(high), math.log(low), n))
        if scheduler == "kl_optimal":
            return np.tan(ramp * math.atan(low) + (1 - ramp) * math.atan(high))
        half = n // 2
        if half == 0:
            return np.array([1.0])
        rest = n - half
        over = half - 0.025 * n
        i = np.arange(half, n)
        bent = over / (half * rest**2) * (i**2 + half**2) + (0.025 / half - 2 * over / rest**2) * i
        return 1 - np.concatenate((np.arange(half) * 0.025 / half, bent))

    names = [
        "simple",
        "sgm_uniform",
        "normal",
        "beta",
        "ddim_uniform",
        "linear_quadratic",
        "kl_optimal",
        "karras",
        "exponential",
    ]
    return {
        "source": "comfy/samplers.py calculate_sigmas with ModelSamplingDiscreteFlow, rebuilt from its rules",
        "what": "sigmas without the final 0 that ComfyUI runs when set to `steps`",
        "cases": [
            {"scheduler": name, "shift": s, "steps": n, "sigmas": [float(x) for x in sigmas(name, s, n)]}
            for name in names
            for s in (1, 3, 8)
            for n in (1, 2, 7, 20, 30, 50)
        ],
    }


def few_steps() -> dict:
    """What distilled models run, by their projects' own rules, and the presets added with them."""
    import torch
    from diffusers import DEISMultistepScheduler, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.flux.pipeline_flux import calculate_shift
    from diffusers.pipelines.z_image.pipeline_z_image import get_default_z_image_sigmas

    def warped(shift: float, timesteps: list[int]) -> list[float]:
        """FlowMatchScheduler(sigma_min=0, extra_one_step=True) of Self-Forcing and CausVid, by whole steps."""
        table = torch.linspace(1.0, 0.0, 1001)[:-1]
        table = shift * table / (1 + (shift - 1) * table)
        return [float(table[1000 - t]) for t in timesteps]

    def lightning(steps: int) -> list[float]:
        """EulerScheduler(shift=5) of Wan2.2-Lightning, without the last of its timesteps."""
        grid = torch.from_numpy(np.linspace(1000, 0, steps + 1, dtype=np.float32)) / 1000
        return (5.0 * grid / (1 + (5.0 - 1) * grid))[:-1].tolist()

    def trig_flow(times: list[float], sigma_max: float = 80) -> list[float]:
        t = torch.tensor([math.atan(sigma_max), *times], dtype=torch.float64)
        return (torch.sin(t) / (torch.cos(t) + torch.sin(t))).tolist()

    def ltx2(tokens: int, steps: int) -> list[float]:
        """LTX2Scheduler.execute's formula; tokens is 4096 where its caller passes no latent."""
        rise = (2.05 - 0.95) / (4096 - 1024)
        mu = tokens * rise + 0.95 - rise * 1024
        grid = torch.linspace(1.0, 0.0, steps + 1)[:-1]
        below = 1 - math.exp(mu) / (math.exp(mu) + (1 / grid - 1))
        return (1 - below / (below[-1] / 0.9)).tolist()

    def dynamic(mu: float, steps: int) -> list[float]:
        scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
        scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
        return scheduler.sigmas[:-1].tolist()

    def z_image(steps: int) -> list[float]:
        scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
        scheduler.set_timesteps(sigmas=get_default_z_image_sigmas(steps))
        return scheduler.sigmas[:-1].tolist()

    def z_image_before(asked: int) -> list[float]:
        """ZImagePipeline before pull request 13730; its last step, at 0, does nothing."""
        scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
        scheduler.sigma_min = 0.0
        scheduler.set_timesteps(asked)
        return scheduler.sigmas[: asked - 1].tolist()

    def multistep(kind: type, steps: int) -> list[float]:
        scheduler = kind(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0)
        scheduler.set_timesteps(steps)
        return scheduler.sigmas[:-1].tolist()

    four = [1000, 750, 500, 250]
    eight = list(range(1000, 0, -125))
    cases = [
        *(
            (f"preset:{name}", warped(5, steps))
            for name in ("wan2.1-lightx2v", "wan2.2-lightx2v")
            for steps in (four, eight)
        ),
        ("preset:wan2.2-lightning", lightning(4)),
        ("preset:self-forcing", warped(5, four)),
        ("preset:causvid", [1, 0.757, 0.522]),
        ("preset:causvid-4-steps", warped(8, four)),
        ("preset:fastwan-480p", [1, 0.757, 0.522]),
        ("preset:rcm", trig_flow([1.3, 1.0, 0.6])),
        ("preset:rcm-high-noise", trig_flow([1.5, 1.4, 1.0])),
        ("preset:rcm-wan2.2", trig_flow([1.5, 1.4, 1.0], sigma_max=200)),
        *(("preset:qwen-image-lightning", dynamic(math.log(3), n)) for n in (4, 8)),
        ("preset:ltx-2-stage-two", [0.909375, 0.725, 0.421875]),
        *(("preset:ltx-2", ltx2(4096, n)) for n in (2, 5, 30, 40)),
        ("preset:ltx-2,size=768x512x121", ltx2(4096, 5)),
        *(("preset:ltx-2-hq,size=768x512x121", ltx2(24 * 16 * 16, n)) for n in (5, 15)),
        *(
            (f"preset:krea-2,tokens={k}", dynamic(calculate_shift(k, 256, 6400), n))
            for k in (1024, 4096)
            for n in (8, 28)
        ),
        *(("preset:krea-2-turbo", dynamic(1.15, n)) for n in (4, 8)),
        *(("preset:z-image-turbo", z_image(n)) for n in (4, 8, 9)),
        *(("preset:z-image-turbo", z_image_before(n)) for n in (5, 9)),
        *(
            ("grid-shift:5,from=.999,to=0", multistep(kind, 7))
            for kind in (DPMSolverMultistepScheduler, DEISMultistepScheduler)
        ),
    ]
    return {
        "source": "each project's rule in PyTorch (Self-Forcing, CausVid, LightX2V, Wan2.2-Lightning, rCM, LTX-2),"
        " else diffusers",
        "cases": [{"spec": spec, "sigmas": [float(np.float32(x)) for x in sigmas]} for spec, sigmas in cases],
    }


def own_code() -> dict:
    """What each project's own code passes to its solver, by the arithmetic of that code."""
    import torch
    from diffusers import (
        CogVideoXDPMScheduler,
        EulerAncestralDiscreteScheduler,
        FlowMatchEulerDiscreteScheduler,
        PNDMScheduler,
    )
    from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule, retrieve_timesteps

    def shifted(shift: float, steps: int) -> torch.Tensor:
        """FlowMatchDiscreteScheduler of HunyuanVideo, HunyuanVideo-1.5, AccVideo and FastHunyuan, reverse=True."""
        grid = torch.linspace(1, 0, steps + 1)
        return ((shift * grid) / (1 + (shift - 1) * grid))[:-1]

    def wan(shift: float, steps: int) -> np.ndarray:
        """get_sampling_sigmas of Wan2.1 and Wan2.2."""
        grid = np.linspace(1, 0, steps + 1)[:steps]
        return shift * grid / (1 + (shift - 1) * grid)

    def wan_unipc(shift: float, steps: int) -> np.ndarray:
        """FlowUniPCMultistepScheduler(shift=1).set_timesteps(steps, shift=shift) of Wan2.1 and Wan2.2."""
        table = torch.from_numpy(1.0 - np.linspace(1, 1 / 1000, 1000)[::-1].copy()).to(torch.float32)
        grid = np.linspace(table[0].item(), table[-1].item(), steps + 1)[:-1]
        return shift * grid / (1 + (shift - 1) * grid)

    def by_mu(mu: float, steps: int) -> torch.Tensor:
        """time_shift of FLUX.1, FLUX.2, Krea 2 and FramePack."""
        grid = torch.linspace(1, 0, steps + 1)
        return (math.exp(mu) / (math.exp(mu) + (1 / grid - 1) ** 1.0))[:-1]

    def line(tokens: int, x1: float, x2: float, y1: float = 0.5, y2: float = 1.15) -> float:
        rise = (y2 - y1) / (x2 - x1)
        return rise * tokens + (y1 - rise * x1)

    def flux2_mu(tokens: int, steps: int) -> float:
        """compute_empirical_mu of FLUX.2."""
        at_200 = 0.00016927 * tokens + 0.45666666
        if tokens > 4300:
            return at_200
        rise = (at_200 - (8.73809524e-05 * tokens + 1.89833333)) / 190.0
        return rise * steps + at_200 - 200.0 * rise

    def sd3(steps: int) -> list[float]:
        """SD3Inferencer.get_sigmas with ModelSamplingDiscreteFlow(shift=3) of sd3-ref."""

        def sigma(timestep: torch.Tensor) -> torch.Tensor:
            t = timestep / 1000.0
            return 3.0 * t / (1 + 2.0 * t)

        table = sigma(torch.arange(1, 1001, 1))
        grid = torch.linspace(table[-1] * 1000, table[0] * 1000, steps)
        return [float(sigma(t)) for t in grid]

    def sd3_paper(steps: int) -> np.ndarray:
        """Equation 23 of the SD3 paper with √(m/n) = 3."""
        t = 1 - np.arange(steps) / steps
        return 3.0 * t / (1 + (3.0 - 1) * t)

    def qwen(tokens: int, steps: int) -> np.ndarray:
        """QwenImagePipeline's μ by the configuration of Qwen-Image, and that scheduler's stretch to .02."""
        mu = line(tokens, 256, 8192, 0.5, 0.9)
        grid = np.linspace(1.0, 1 / steps, steps).astype(np.float32)
        below = 1 - math.exp(mu) / (math.exp(mu) + (1 / grid - 1) ** 1.0)
        return 1 - below / (below[-1] / (1 - 0.02))

    def qwen_lightning(steps: int) -> np.ndarray:
        """The same without a stretch, with base_shift and max_shift ln 3."""
        grid = np.linspace(1.0, 1 / steps, steps).astype(np.float32)
        mu = line(4096, 256, 8192, math.log(3), math.log(3))
        return math.exp(mu) / (math.exp(mu) + (1 / grid - 1) ** 1.0)

    def comfyui_simple(shift: float, steps: int) -> list[float]:
        """simple_scheduler of ComfyUI on the table of ModelSamplingDiscreteFlow."""
        t = torch.arange(1, 1001, 1) / 1000
        table = shift * t / (1 + (shift - 1) * t)
        return [float(table[-(1 + int(i * (len(table) / steps)))]) for i in range(steps)]

    def ltx_condition(steps: int) -> torch.Tensor:
        """LTXConditionPipeline passes timesteps, not sigmas, to the scheduler of LTX-Video 0.9.5."""
        scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=False)
        retrieve_timesteps(scheduler, steps, "cpu", linear_quadratic_schedule(steps) * 1000)
        return scheduler.sigmas[:-1]

    def z_image(steps: int) -> np.ndarray:
        """Z-Image's FlowMatchEulerDiscreteScheduler, whose pipeline sets sigma_min to 0."""
        grid = np.linspace(1000.0, 0.0, steps + 1)[:-1] / 1000
        return 3.0 * grid / (1 + (3.0 - 1) * grid)

    def ltx(tokens: int, steps: int) -> torch.Tensor:
        """RectifiedFlowScheduler(shifting="SD3", target_shift_terminal=.1) of LTX-Video."""
        mu = line(tokens, 1024, 4096, 0.95, 2.05)
        grid = torch.linspace(1, 1 / steps, steps)
        below = 1 - math.exp(mu) / (math.exp(mu) + (1 / grid - 1))
        return 1 - below / (below[-1] / (1 - 0.1))

    def mochi(steps: int, threshold: float) -> list[float]:
        """linear_quadratic_schedule of Mochi."""
        half = steps // 2
        rest = steps - half
        difference = half - threshold * steps
        square = difference / (half * rest**2)
        slope = threshold / half - 2 * difference / rest**2
        first = [i * threshold / half for i in range(half)]
        second = [square * i**2 + slope * i + square * half**2 for i in range(half, steps)]
        return [1.0 - x for x in [*first, *second]]

    def spaced(steps: int) -> list[float]:
        """space_timesteps(1000, str(steps)) of Open-Sora 1.0 and 1.1."""
        stride, at, taken = 999 / (steps - 1), 0.0, []
        for _ in range(steps):
            taken.append(round(at))
            at += stride
        return [(t + 1) / 1000 for t in reversed(taken)]

    def plan(kind: type, steps: int, **settings: object) -> list[float]:
        """Open-Sora-Plan's or CogVideoX's scheduler of diffusers; PNDM's grid without its Runge-Kutta evaluations."""
        scheduler = kind(**settings)
        scheduler.set_timesteps(steps)
        timesteps = scheduler._timesteps[::-1] if kind is PNDMScheduler else scheduler.timesteps.numpy()
        return [(round(float(t)) + 1) / 1000 for t in timesteps]

    zero_snr = {
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
        "timestep_spacing": "trailing",
    }
    makers = {
        **{
            f"preset:{name}": lambda n, shift=shift: shifted(shift, n)
            for name, shift in {
                "hunyuan": 7.0,
                "hunyuan-few-steps": 17.0,
                "fasthunyuan": 17.0,
                "accvideo": 7.0,
                "hunyuan-1.5-480p": 5.0,
                "hunyuan-1.5-720p": 9.0,
                "hunyuan-1.5-720p-i2v": 7.0,
                "hunyuan-1.5-distilled": 7.0,
                "hunyuan-1.5-sr": 2.0,
                "open-sora-plan-1.5": 7.0,
            }.items()
        },
        **{
            f"preset:{name}": lambda n, shift=shift: wan(shift, n)
            for name, shift in {
                "wan2.1": 5.0,
                "wan2.1-480p": 3.0,
                "wan2.1-flf2v": 16.0,
                "wan2.1-vace": 16.0,
                "wan2.2-t2v-a14b": 12.0,
                "wan2.2-i2v-a14b": 5.0,
                "wan2.2-ti2v-5b": 5.0,
                "wan2.2-s2v": 3.0,
            }.items()
        },
        "preset:wan2.1-unipc": lambda n: wan_unipc(5.0, n),
        **{f"grid-shift:{shift},from=.999,to=0": lambda n, shift=shift: wan_unipc(shift, n) for shift in (3, 12, 16)},
        "preset:framepack,size=640x480x121": lambda n: by_mu(min(line(9 * 40 * 30, 256, 4096), math.log(7.0)), n),
        "preset:framepack,size=256x256x33": lambda n: by_mu(line(9 * 16 * 16, 256, 4096), n),
        "preset:flux,size=1024x1024": lambda n: by_mu(line(4096, 256, 4096), n),
        "preset:flux,size=512x768": lambda n: by_mu(line(32 * 48, 256, 4096), n),
        "preset:flux-schnell": lambda n: torch.linspace(1, 0, n + 1)[:-1],
        "preset:flux2,size=1024x1024": lambda n: by_mu(flux2_mu(4096, n), n),
        "preset:flux2,size=1360x1360": lambda n: by_mu(flux2_mu(85 * 85, n), n),
        "preset:krea-2,size=1024x1024": lambda n: by_mu(line(4096, (256 // 16) ** 2, (1280 // 16) ** 2), n),
        "preset:krea-2-turbo": lambda n: by_mu(1.15, n),
        "preset:sd3": sd3_paper,
        "preset:sd3-diffusers": sd3,
        "preset:qwen-image,size=1328x1328": lambda n: qwen(83 * 83, n),
        "preset:qwen-image,size=1664x928": lambda n: qwen(104 * 58, n),
        "preset:qwen-image-lightning": qwen_lightning,
        "preset:z-image-turbo": z_image,
        "preset:ltx,size=768x512x121": lambda n: ltx(16 * 16 * 24, n),
        "preset:ltx-condition": ltx_condition,
        "preset:mochi": lambda n: mochi(n, 0.025),
        "preset:mochi-comfyui": lambda n: comfyui_simple(6.0, n),
        "preset:moviegen": lambda n: mochi(n, 0.1),
        "preset:cogvideox": lambda n: plan(CogVideoXDPMScheduler, n, timestep_spacing="trailing"),
        "preset:open-sora-1.0": spaced,
        "preset:open-sora-1.1": spaced,
        "preset:open-sora-plan-1.0": lambda n: plan(PNDMScheduler, n),
        "preset:open-sora-plan-1.1": lambda n: plan(PNDMScheduler, n),
        "preset:open-sora-plan-1.2": lambda n: plan(EulerAncestralDiscreteScheduler, n),
        "preset:open-sora-plan-1.3": lambda n: plan(EulerAncestralDiscreteScheduler, n, **zero_snr),
    }
    return {
        "source": "each project's own rule in PyTorch or NumPy, at the commits that docs/schedules.md names",
        "cases": [
            {"spec": spec, "sigmas": [float(np.float32(x)) for x in make(n)]}
            for spec, make in makers.items()
            for n in (4, 6, 30)
        ],
    }


MAKERS = {
    "article": article,
    "cdf-windows": cdf_windows,
    "comfyui": comfyui,
    "double-shift": double_shift,
    "dynamic-shift": dynamic_shift,
    "ends-to-ends": ends_to_ends,
    "few-steps": few_steps,
    "flow-shift": flow_shift,
    "linear-quadratic": linear_quadratic,
    "open-sora": open_sora,
    "optimal-steps": optimal_steps,
    "own-code": own_code,
    "pipeline-defaults": pipeline_defaults,
    "quantiles": quantiles,
    "special-functions": special_functions,
    "timestep-spacing": timestep_spacing,
}


def main(names: list[str]) -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in ("diffusers", "mpmath", "numpy", "scipy", "torch")}
    for name in names or MAKERS:
        provenance = {
            "remake": f".venv/bin/python scripts/golden-schedules.py {name}",
            "versions": {"python": platform.python_version(), **versions},
        }
        text = json.dumps({"provenance": provenance, **MAKERS[name]()}, ensure_ascii=False, indent=1)
        (GOLDEN / f"{name}.json").write_text(text + "\n")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
