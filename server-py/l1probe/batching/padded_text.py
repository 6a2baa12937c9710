"""Text padding: how many tokens are real, and inputs without the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor

from l1probe.families.family import PaddedText


def valid_tokens(mask: Shaped[Tensor, "rows tokens"]) -> int | None:
    """Counts the text tokens at the front, if all rows have the same number.

    Reads the mask, so it waits for the device.

    Returns:
        The count; None if rows differ, if no token is text, or if text follows padding.
    """
    present = mask != 0
    count = present[:1].sum()
    front = torch.arange(mask.shape[1], device=mask.device) < count
    same = (present == front).all()
    tokens, is_front = torch.stack((count, same.to(count.dtype))).tolist()
    return tokens if is_front and tokens else None


def cut_text(inputs: Mapping[str, Any], text: PaddedText, tokens: int) -> dict[str, Any]:
    """The inputs with only the first `tokens` text tokens; the others must be masked."""
    short = {name: inputs[name][:, :tokens] for name in (text.embeddings, text.mask)}
    return {**inputs, **short}
