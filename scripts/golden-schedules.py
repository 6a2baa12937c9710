"""Makes test/golden/schedule/*.json: what other projects compute, for the schedules' tests.

Run: .venv/bin/python scripts/golden-schedules.py [NAME …]
Needs diffusers, SciPy and mpmath. Each file says which versions made it.
"""

import hashlib
import json
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
    from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import retrieve_timesteps

    def run(shift: float, steps: int) -> np.ndarray:
        scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
        retrieve_timesteps(scheduler, steps, "cpu", sigmas=np.linspace(1.0, 0.0, steps + 1)[:-1])
        sigmas = scheduler.sigmas.numpy()
        assert sigmas.dtype == np.float32 and sigmas[-1] == 0 and len(sigmas) == steps + 1
        return sigmas[:-1]

    shifts = [1, 3, 5, 7, 9, 12, 17]
    return {
        "source": "diffusers FlowMatchEulerDiscreteScheduler(shift=S) behind HunyuanVideoPipeline's retrieve_timesteps",
        "what": "hashes[S][N − 1] = first 16 hex digits of SHA-256 over the N sigmas as little-endian float32",
        "hashes": {str(s): [float32_hash(run(float(s), n)) for n in range(1, 101)] for s in shifts},
        "values": {f"{s}/{n}": [float(x) for x in run(float(s), n)] for s in shifts for n in (1, 5, 50)},
    }


def linear_quadratic() -> dict:
    """Mochi's schedule, which takes any threshold."""
    from diffusers.pipelines.mochi.pipeline_mochi import linear_quadratic_schedule

    cases = [(n, t) for n in (2, 3, 5, 10, 25, 50, 51, 100) for t in (0.025, 0.1, 0.5)]
    return {
        "source": "diffusers.pipelines.mochi.pipeline_mochi.linear_quadratic_schedule",
        "cases": [{"steps": n, "threshold": t, "sigmas": linear_quadratic_schedule(n, t)} for n, t in cases],
    }


MAKERS = {"flow-shift": flow_shift, "linear-quadratic": linear_quadratic}


def main(names: list[str]) -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in ("diffusers", "numpy", "scipy", "torch")}
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
