"""Checkpoints of one pipeline class differ, and the server says how."""

from __future__ import annotations

import pytest
from conftest import make_cell

from l1probe.random_models import tiny_flux
from l1probe.serving.loading import load_model
from l1probe.serving.validation import InvalidCell, check_request
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

SETTINGS = parse_settings(["--device", "cpu", "--model", "random:tiny-flux"])


@pytest.mark.parametrize("embeds", [True, False])
def test_a_flux_made_without_the_guidance_embedding_refuses_a_scale(monkeypatch, embeds):
    """FLUX.1-schnell's pipeline would ignore it without a word."""
    stock = tiny_flux.FluxTransformer2DModel
    monkeypatch.setattr(
        tiny_flux,
        "FluxTransformer2DModel",
        lambda **settings: stock(**{**settings, "guidance_embeds": embeds}),
    )
    family = load_model(SETTINGS).family
    assert family.embedded_guidance == embeds
    request = pb.RunRequest(cell=make_cell(guidance_scale=3.5))
    if embeds:
        check_request(request, family, SETTINGS)
    else:
        with pytest.raises(InvalidCell, match="flux has no guidance embedding"):
            check_request(request, family, SETTINGS)
