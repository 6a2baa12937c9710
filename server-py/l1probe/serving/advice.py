"""What a cell may be if nothing is known about it but its prompt: the pipeline's own defaults."""

from __future__ import annotations

import inspect
from typing import Any

from l1probe.families.family import Family, Shape
from l1probe.v1 import probe_pb2 as pb

#: Height, width and the fewest frames for models so small that a person waits for them.
SMALL = (64, 64, 9)
#: The bundled model was trained with prompts left out, and its clips are judged at this scale.
BUNDLED_TRUE_CFG_SCALE = 3.0


def advice(pipeline: Any, family: Family, model: pb.Model) -> pb.Advice:
    """Size, frames, guidance and steps; a field is 0 where the pipeline has no default.

    Sizes are those of the pipeline's `__call__`, within what the family samples. Tiny random
    models and the bundled one get a small size.
    """
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(type(pipeline).__call__).parameters.items()
    }
    bundled = model.weights == pb.WEIGHTS_BUNDLED
    small = bundled or model.id.startswith("random:tiny-")
    height, width, frames = SMALL if small else _size(pipeline, defaults)
    embedded, true_cfg = _guidance(family, defaults)
    return pb.Advice(
        height=_fitting(height, family.shape.height_multiple, family.shape.max_height),
        width=_fitting(width, family.shape.width_multiple, family.shape.max_width),
        frames=_frames(frames, family.shape),
        guidance_scale=1.0 if bundled else embedded,
        true_cfg_scale=BUNDLED_TRUE_CFG_SCALE if bundled else true_cfg,
        steps=20 if small else int(defaults.get("num_inference_steps") or 0),
    )


def _size(pipeline: Any, defaults: dict[str, Any]) -> tuple[int, int, int]:
    """Height, width and frames of the pipeline's call; 0 where it has no default."""
    config = pipeline.transformer.config if getattr(pipeline, "transformer", None) else {}
    scale = getattr(pipeline, "vae_scale_factor_spatial", getattr(pipeline, "vae_scale_factor", 8))
    square = getattr(pipeline, "default_sample_size", None)
    sample = config.get("sample_size")

    def side(name: str) -> int:
        candidates = (
            defaults.get(name),
            getattr(pipeline, f"default_{name}", None),
            square and square * getattr(pipeline, "vae_scale_factor", 8),
            config.get(f"sample_{name}") and config[f"sample_{name}"] * scale,
            sample * scale if isinstance(sample, int) else None,
        )
        return next((int(one) for one in candidates if one), 0)

    counts = (defaults.get("num_frames"), defaults.get("video_length"), config.get("sample_frames"))
    return side("height"), side("width"), next((int(one) for one in counts if one), 0)


def _fitting(side: int, multiple: int, most: int) -> int:
    side = min(side, most) if most else side
    return side - side % multiple


def _frames(frames: int, shape: Shape) -> int:
    if shape.frame_multiple == 0:
        return 1
    if frames == 0:
        return 0
    frames = max(shape.min_frames, min(frames, shape.max_frames) if shape.max_frames else frames)
    over = (frames - 1) % shape.frame_multiple
    # Upwards if the model allows it, so that a small count is not cut to an image.
    if over and (frames + shape.frame_multiple - over <= shape.max_frames or not shape.max_frames):
        return frames + shape.frame_multiple - over
    return frames - over


def _guidance(family: Family, defaults: dict[str, Any]) -> tuple[float, float]:
    """Scales of the embedded guidance and of true CFG; 1 is none."""
    given = float(defaults.get("guidance_scale") or 1.0)
    true = float(defaults.get("true_cfg_scale") or 1.0)
    if family.embedded_guidance:
        return given, true if family.true_cfg else 1.0
    return 1.0, max(true, given, 1.0) if family.true_cfg else 1.0
