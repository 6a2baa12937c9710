"""What a schedule is: finite sigmas in (0, 1] that decrease strictly, as float32 too."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def check_sigmas(sigmas: Sequence[float], name: str) -> None:
    """Checks a schedule that is to run verbatim.

    Args:
        sigmas: as sent, without the terminal 0.
        name: of the schedule in messages.

    Raises:
        ValueError: it is no schedule; the message says which value, and what is allowed.
    """
    if not sigmas:
        raise ValueError(f"{name} is empty; send at least one sigma in (0, 1]")
    previous = math.inf
    for index, sent in enumerate(sigmas):
        where = f"{name}[{index}] is {sent!r}"
        if not math.isfinite(sent):
            raise ValueError(f"{where}; every sigma is a finite number in (0, 1]")
        if sent == 0 and index == len(sigmas) - 1:
            raise ValueError(f"{where}; the terminal 0 is implied, leave it out")
        if not 0 < sent <= 1:
            raise ValueError(f"{where}; every sigma is in (0, 1]")
        rounded = float(np.float32(sent))
        if rounded == 0:
            raise ValueError(f"{where}, which float32 rounds to 0; every sigma is in (0, 1]")
        if rounded >= previous:
            raise ValueError(
                f"{where} after {sigmas[index - 1]!r}; "
                "sigmas decrease strictly, after rounding to float32 too"
            )
        previous = rounded
