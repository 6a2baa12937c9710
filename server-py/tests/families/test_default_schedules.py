"""What a scheduler's configuration asks for, in the client's short form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

from l1probe.families.cogvideox import COGVIDEOX
from l1probe.families.flux import FLUX
from l1probe.families.framepack import FRAMEPACK
from l1probe.families.latte import LATTE
from l1probe.families.ltx import FIRST, LTX
from l1probe.families.sd3 import SD3
from l1probe.families.wan import WAN
from l1probe.families.z_image import Z_IMAGE

DYNAMIC = {"use_dynamic_shifting": True}


@pytest.mark.parametrize(
    ("family", "settings", "expected"),
    [
        (FLUX, {"shift": 3.0, **DYNAMIC}, "preset:flux"),
        (FLUX, {"max_shift": 2.0, **DYNAMIC}, ""),
        (FLUX, {"shift": 1.0}, "linear"),
        (FLUX, {"shift": 2.5}, "shift:2.5"),
        (LTX, {**FIRST, **DYNAMIC}, "preset:ltx"),
        (LTX, {**FIRST, **DYNAMIC, "shift_terminal": None}, ""),
        (LTX, {"shift_terminal": 0.1}, "stretch:0.1+linear"),
        (SD3, {"shift": 3.0}, "double-shift:3"),
        (SD3, DYNAMIC, ""),
        (FRAMEPACK, DYNAMIC, "preset:framepack"),
        (FRAMEPACK, {"base_shift": 0.9, **DYNAMIC}, ""),
        (FRAMEPACK, {"shift": 7.0}, "shift:7"),
        (WAN, {"shift": 5.0}, "double-shift:5"),
        (WAN, DYNAMIC, ""),
        (Z_IMAGE, {"shift": 6.0}, "shift:6"),
        (Z_IMAGE, DYNAMIC, ""),
    ],
)
def test_a_flow_has_the_shift_that_its_pipeline_runs(family, settings, expected):
    config = FlowMatchEulerDiscreteScheduler(**settings).config
    assert family.default_schedule(config) == expected


@pytest.mark.parametrize("family", [COGVIDEOX, LATTE])
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"timestep_spacing": "trailing"}, "trailing"),
        ({"timestep_spacing": "leading"}, "leading:offset=0"),
        ({"timestep_spacing": "leading", "steps_offset": 1}, "leading:offset=1"),
        ({"timestep_spacing": "linspace"}, "linspace"),
    ],
)
def test_whole_timesteps_have_the_spacing_of_their_scheduler(family, settings, expected):
    assert family.default_schedule(DDIMScheduler(**settings).config) == expected


FLOW: dict[str, Any] = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}


@pytest.mark.parametrize("shift", [1.0, 3.0, 12.0])
def test_wans_unipc_shifts_a_grid_from_1_towards_a_thousandth(shift):
    scheduler: Any = UniPCMultistepScheduler(**FLOW, flow_shift=shift)
    scheduler.set_timesteps(10)
    assert WAN.default_schedule is not None
    assert WAN.default_schedule(scheduler.config) == f"grid-shift:{shift:g},from=1,to=.001"
    grid = np.linspace(1, 0.001, 11)[:-1]
    shifted = shift * grid / (1 + (shift - 1) * grid)
    # The first is moved by 1e-6, for the solver's logarithm.
    np.testing.assert_allclose(scheduler.sigmas[:-1], shifted, rtol=0, atol=2e-6)


@pytest.mark.parametrize("settings", [{"use_beta_sigmas": True}, {"shift_terminal": 0.1}])
def test_a_unipc_that_spaces_its_sigmas_otherwise_has_no_short_form(settings):
    assert WAN.default_schedule is not None
    config = UniPCMultistepScheduler(**FLOW, **settings).config
    assert WAN.default_schedule(config) == ""
