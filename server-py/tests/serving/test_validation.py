"""Bad input is refused with the field's path, its value, and what is allowed."""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from conftest import make_cell
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starts import start_of

from l1probe.families import FAMILIES, Family
from l1probe.families.latent_shape import BATCH, FRAMES, LatentAxis, LatentShape
from l1probe.serving.starts import MAX_START_BYTES
from l1probe.serving.validation import InvalidCell, check_request
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

EVERYTHING = (pb.ARTIFACT_KIND_VIDEO, pb.ARTIFACT_KIND_LATENTS, pb.ARTIFACT_KIND_TRACE)
SETTINGS = parse_settings(["--max-steps", "100", "--max-frames", "33", "--max-pixels", "16384"])

REFUSED = {
    "empty": ({"sigmas": []}, "cell.sigmas is empty"),
    "rising": ({"sigmas": [1.0, 0.5, 0.6]}, "cell.sigmas[2] is 0.6 after 0.5; sigmas decrease"),
    "level": ({"sigmas": [1.0, 0.5, 0.5]}, "cell.sigmas[2] is 0.5 after 0.5"),
    "level as float32": ({"sigmas": [0.5, 0.5 - 1e-12]}, "float32"),
    "nan": ({"sigmas": [1.0, math.nan]}, "cell.sigmas[1] is nan; every sigma is a finite number"),
    "infinite": ({"sigmas": [math.inf]}, "cell.sigmas[0] is inf"),
    "above one": ({"sigmas": [1.5, 0.5]}, "cell.sigmas[0] is 1.5; every sigma is in (0, 1]"),
    "negative": ({"sigmas": [1.0, -0.5]}, "cell.sigmas[1] is -0.5"),
    "ends in zero": (
        {"sigmas": [1.0, 0.5, 0.0]},
        "cell.sigmas[2] is 0.0; the terminal 0 is implied",
    ),
    "zero inside": ({"sigmas": [1.0, 0.0, 0.5]}, "cell.sigmas[1] is 0.0; every sigma is in (0, 1]"),
    "vanishing": ({"sigmas": [1.0, 1e-60]}, "which float32 rounds to 0"),
    "too long": ({"sigmas": [1 - i / 101 for i in range(101)]}, "at most 100 (--max-steps)"),
    "sampler": (
        {"sampler": "eular"},
        "cell.sampler is 'eular'; hunyuan_video predicts velocity and runs with euler",
    ),
    "wide seed": ({"seed": 2**32}, "cell.seed is 4294967296; PyTorch reads only 32 bits"),
    "state": ({"solver_state": 0}, "cell.solver_state is 0"),
    "height": ({"height": 60}, "cell.height is 60; hunyuan_video needs a multiple of 16"),
    "no width": ({"width": 0}, "cell.width is 0"),
    "pixels": ({"height": 160, "width": 160}, "this server runs at most 16384 (--max-pixels)"),
    "frames": ({"frames": 8}, "cell.frames is 8; hunyuan_video needs 4k + 1"),
    "no frames": ({"frames": 0}, "cell.frames is 0"),
    "many frames": ({"frames": 37}, "at most 33 (--max-frames)"),
    "no embedding": ({"guidance_scale": None}, "cell.guidance_scale is missing"),
    "no scale": ({"true_cfg_scale": None}, "cell.true_cfg_scale is missing"),
    "nan scale": ({"true_cfg_scale": math.nan}, "cell.true_cfg_scale is nan"),
    "half a scale": ({"true_cfg_scale": 0.5}, "cell.true_cfg_scale is 0.5; give 1"),
    "silent CFG": ({"negative_prompt": None}, "cell.negative_prompt is missing while"),
    "long prompt": ({"prompt": "a" * 20_001}, "cell.prompt has 20001 characters"),
}


@pytest.mark.parametrize(("changes", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_bad_cell_is_refused_with_its_path(changes, sentence):
    with pytest.raises(InvalidCell) as refusal:
        check_request(pb.RunRequest(cell=make_cell(**changes)), FAMILIES[0], SETTINGS)
    assert sentence in str(refusal.value)


SHAPED = replace(FAMILIES[0], latent_shape=LatentShape((BATCH, LatentAxis(2), FRAMES), 4))
CLEAN = torch.full((1, 2, 3), 0.5)


def start(**changes: Any) -> pb.Start:
    fit = start_of(CLEAN, noised=True)
    settings = {name: getattr(fit, name) for name in ("kind", "sha256", "data", "shape", "dtype")}
    settings |= changes
    if "data" in changes:
        settings["sha256"] = hashlib.sha256(settings["data"]).digest()
    return pb.Start(**settings)


UNFIT = {
    "kind": ({"kind": 0}, "cell.start.kind is 0; give LATENTS (1)"),
    "unknown kind": ({"kind": 9}, "cell.start.kind is 9"),
    "hash": ({"sha256": b"x" * 32}, "cell.start.sha256 is 7878"),
    "no hash": ({"sha256": b""}, "cell.start.sha256 is empty"),
    "shape": (
        {"shape": (1, 3, 2)},
        "1×3×2; 9 frames of 64×64 have latents of 1×2×3",
    ),
    "no shape": ({"shape": ()}, "cell.start.shape is nothing"),
    "dtype": ({"dtype": "F64"}, "cell.start.dtype is 'F64'; give F32, F16, BF16"),
    "cut": ({"data": b"\0" * 20}, "cell.start.data has 20 bytes; 1×2×3 of F32 are 24"),
    "nan": ({"data": b"\xff" * 24}, "cell.start.data has 6 values that are NaN or infinite"),
    "long": ({"data": b"\0" * (MAX_START_BYTES + 1)}, f"at most {MAX_START_BYTES}"),
}


@pytest.mark.parametrize(("changes", "sentence"), UNFIT.values(), ids=UNFIT)
def test_a_bad_start_is_refused_with_its_path(changes, sentence):
    cell = make_cell(frames=9, start=start(**changes))
    with pytest.raises(InvalidCell) as refusal:
        check_request(pb.RunRequest(cell=cell), SHAPED, SETTINGS)
    assert sentence in str(refusal.value)


def test_a_good_start_passes_where_the_layout_is_known():
    request = pb.RunRequest(cell=make_cell(frames=9, start=start()))
    check_request(request, SHAPED, SETTINGS)
    with pytest.raises(InvalidCell, match="does not know the layout"):
        check_request(request, FAMILIES[0], SETTINGS)


@pytest.mark.parametrize(
    ("keep", "states_at", "sentence"),
    [
        ((pb.ARTIFACT_KIND_STATES,), (), "states_at has 0 values"),
        ((), (1,), "states_at has 1 values"),
        ((pb.ARTIFACT_KIND_STATES,), (0,), "states_at[0] is 0; give rising numbers"),
        ((pb.ARTIFACT_KIND_STATES,), (2, 2), "states_at[1] is 2"),
        (
            (pb.ARTIFACT_KIND_STATES,),
            (2, 5),
            "states_at[1] is 5; give rising numbers of steps",
        ),
    ],
)
def test_states_are_kept_after_steps_that_there_are(keep, states_at, sentence):
    with pytest.raises(InvalidCell) as refusal:
        check_request(
            pb.RunRequest(cell=make_cell(), keep=keep, states_at=states_at), SHAPED, SETTINGS
        )
    assert sentence in str(refusal.value)


def test_a_good_cell_passes():
    check_request(pb.RunRequest(cell=make_cell(), keep=EVERYTHING), FAMILIES[0], SETTINGS)


FAMILIES_BY_NAME = {family.name: family for family in FAMILIES}
CONDITIONED = FAMILIES_BY_NAME["hunyuan_video_i2v"]
IMAGES = FAMILIES_BY_NAME["sd3"]
SECTIONS = FAMILIES_BY_NAME["framepack"]


def picture(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def refused(family: Family, **changes: object) -> str:
    cell = make_cell(**{"true_cfg_scale": 1.0, "frames": 5, **changes})
    with pytest.raises(InvalidCell) as refusal:
        check_request(pb.RunRequest(cell=cell), family, SETTINGS)
    return str(refusal.value)


def test_a_picture_is_sent_where_it_conditions_and_only_there():
    cell = make_cell(width=48, frames=5, true_cfg_scale=1.0, image=picture(48, 64))
    check_request(pb.RunRequest(cell=cell), CONDITIONED, SETTINGS)
    missing = refused(CONDITIONED, width=48)
    assert missing.startswith("cell.image is missing; hunyuan_video_i2v is conditioned by")
    assert missing.endswith("of 48×64 pixels")
    assert refused(FAMILIES[0], image=b"abc") == (
        "cell.image has 3 bytes; hunyuan_video takes no picture"
    )


def test_a_picture_has_the_cells_size_and_is_one():
    other_size = refused(CONDITIONED, width=48, image=picture(64, 48))
    assert other_size.startswith("cell.image has 64×48 pixels; the cell has 48×64")
    no_picture = refused(CONDITIONED, image=b"abc")
    assert no_picture.startswith("cell.image has 3 bytes that are no picture; send an opaque PNG")
    half = picture(64, 64)[:60]
    assert refused(CONDITIONED, image=half).startswith("cell.image has 60 bytes that are a broken")


def test_a_model_of_images_takes_one_frame():
    assert refused(IMAGES, frames=5) == "cell.frames is 5; sd3 makes images, give 1"
    assert refused(IMAGES, frames=0) == "cell.frames is 0; sd3 makes images, give 1"
    check_request(pb.RunRequest(cell=make_cell(frames=1)), IMAGES, SETTINGS)


def test_a_model_that_samples_in_sections_takes_one_of_them():
    most = SECTIONS.shape.max_frames
    sentence = refused(SECTIONS, frames=most + 4, image=picture(64, 64))
    assert sentence.startswith(f"cell.frames is {most + 4}; framepack makes at most")


def test_a_model_may_need_more_than_one_frame():
    longer = replace(FAMILIES[0], shape=replace(FAMILIES[0].shape, min_frames=9))
    assert refused(longer) == "cell.frames is 5; hunyuan_video needs at least 9"
    check_request(pb.RunRequest(cell=make_cell(frames=9)), longer, SETTINGS)


def test_a_missing_cell_and_an_unknown_artifact_are_refused():
    with pytest.raises(InvalidCell, match="cell is missing"):
        check_request(pb.RunRequest(), FAMILIES[0], SETTINGS)
    request = pb.RunRequest(cell=make_cell())
    request.keep.append(9)  # type: ignore[arg-type]
    with pytest.raises(InvalidCell, match=r"keep\[0\] is 9"):
        check_request(request, FAMILIES[0], SETTINGS)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=12))
def test_sigmas_pass_exactly_where_the_contract_says(values):
    with np.errstate(over="ignore"):
        rounded = np.array(values, dtype=np.float64).astype(np.float32)
    allowed = bool(
        np.isfinite(values).all()
        and (np.array(values) <= 1).all()
        and (rounded > 0).all()
        and (np.diff(rounded) < 0).all()
    )
    request = pb.RunRequest(cell=make_cell(values))
    if allowed:
        check_request(request, FAMILIES[0], SETTINGS)
    else:
        with pytest.raises(InvalidCell, match=r"cell\.sigmas"):
            check_request(request, FAMILIES[0], SETTINGS)
