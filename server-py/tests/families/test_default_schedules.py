"""What a scheduler's configuration asks for, in the client's short form."""

from __future__ import annotations

import pytest
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler

from l1probe_server.families.cogvideox import COGVIDEOX
from l1probe_server.families.flux import FLUX
from l1probe_server.families.latte import LATTE
from l1probe_server.families.ltx import FIRST, LTX
from l1probe_server.families.sd3 import SD3

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
