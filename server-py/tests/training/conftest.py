"""Shared by the tests of the training code: the bundled model, loaded once."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import HunyuanVideoPipeline

from training import folder

TINY = Path(__file__).parents[2] / "models" / "tiny"
TINY_WAN = TINY.with_name("tiny-wan")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    # Where other processes want the cores too, several threads that wait for each other by
    # spinning are up to ten times slower than one. Not around an engine: its thread would keep
    # the number, and with it other sums in the last bit than the main thread's.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny() -> Path:
    return TINY


@pytest.fixture(scope="session")
def pipeline(tiny: Path) -> HunyuanVideoPipeline:
    return folder.load(tiny, torch.device("cpu"))


@pytest.fixture(scope="session")
def wan_pipeline() -> Any:
    return folder.load(TINY_WAN, torch.device("cpu"))
