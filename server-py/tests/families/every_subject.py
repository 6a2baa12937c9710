"""All rows of the conformance suite, and the lines of docs/families.md that they make."""

from __future__ import annotations

from clip_subjects import CLIPS
from hunyuan_subjects import HUNYUAN
from image_subjects import IMAGES
from subjects import Says, Subject
from wan_subjects import WAN

SUBJECTS: tuple[Subject, ...] = (*HUNYUAN, *WAN, *IMAGES, *CLIPS)

HEADER = (
    "| `--model` | family, pipeline | predicts | guidance | size | frames | default schedule |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def table() -> list[str]:
    """What Describe says of every model in the suite, as the suite checks it."""
    return [*HEADER, *(_line(subject) for subject in SUBJECTS)]


def _line(subject: Subject) -> str:
    says = subject.says
    model = subject.model if subject.model.startswith("random:") else "the bundled model"
    guidance = [
        name for name, has in (("embedded", says.embedded), ("true CFG", says.true_cfg)) if has
    ]
    cells = [
        f"`{model}`" if model.startswith("random:") else model,
        f"`{says.family}`, {says.pipeline}",
        says.prediction if says.prediction != "epsilon" else "ε",
        ", ".join(guidance),
        f"{says.height_multiple}, {says.width_multiple}"
        + (f", at most {says.max_side}" if says.max_side else ""),
        _frames(says),
        f"`{says.default_schedule}`" if says.default_schedule else "–",
    ]
    return "| " + " | ".join(cells) + " |"


def _frames(says: Says) -> str:
    if says.frame_multiple == 0:
        return "image"
    parts = [f"{says.frame_multiple}k + 1"]
    if says.min_frames > 1:
        parts.append(f"at least {says.min_frames}")
    if says.max_frames:
        parts.append(f"at most {says.max_frames}")
    return ", ".join([*parts, *(["needs a picture"] if says.needs_image else [])])
