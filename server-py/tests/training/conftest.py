"""Shared by the tests of the training code: the bundled model, loaded once."""

from pathlib import Path

import pytest
import torch
from diffusers import HunyuanVideoPipeline

from training import folder

TINY = Path(__file__).parents[2] / "models" / "tiny"


@pytest.fixture(scope="session", autouse=True)
def _two_threads():
    torch.set_num_threads(2)


@pytest.fixture(scope="session")
def tiny() -> Path:
    return TINY


@pytest.fixture(scope="session")
def pipeline(tiny: Path) -> HunyuanVideoPipeline:
    return folder.load(tiny, torch.device("cpu"))
