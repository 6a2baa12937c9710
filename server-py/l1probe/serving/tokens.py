"""Counts what a model's text encoders read of prompts, on any thread."""

from __future__ import annotations

import threading
from functools import lru_cache

from l1probe.families import Cell
from l1probe.families.text_input import PipelineCall, count_tokens
from l1probe.serving.loading import LoadedModel
from l1probe.v1 import probe_pb2 as pb

#: Prompts whose counts are kept.
_REMEMBERED = 1024
#: Characters of cut text that are sent.
_SHOWN = 160


class TokenCounter:
    """Counts with the pipeline's own tokenizers, while no pipeline uses them.

    Args:
        model: whose prompts are counted.
        tokenizing: held while a pipeline or this counter uses the tokenizers.
    """

    def __init__(self, model: LoadedModel, tokenizing: threading.RLock) -> None:
        self._call = PipelineCall(model.pipeline, model.call_defaults)
        # A pipeline may come without one of its encoders.
        self._texts = [
            (text, getattr(model.pipeline, text.tokenizer))
            for text in model.family.text
            if getattr(model.pipeline, text.encoder, None) is not None
        ]
        self._tokenizing = tokenizing
        self._remembered = lru_cache(_REMEMBERED)(self._count)

    @property
    def encoders(self) -> list[pb.TextEncoder]:
        """The text encoders and their limits."""
        return [
            pb.TextEncoder(name=text.encoder, limit=text.limit(self._call))
            for text, _ in self._texts
        ]

    def of_prompt(self, prompt: str, negative: bool = False) -> list[pb.TokenCount]:
        """One count per encoder that reads the prompt."""
        with self._tokenizing:
            counts = self._remembered(prompt)
        return [
            pb.TokenCount(
                encoder=count.encoder,
                negative=negative,
                tokens=count.tokens,
                kept=count.kept,
                cut=_shortened(count.cut),
            )
            for count in counts
        ]

    def of_cell(self, cell: Cell) -> list[pb.TokenCount]:
        """Of the prompt and, with true CFG, of the negative prompt."""
        counts = self.of_prompt(cell.prompt)
        if cell.true_cfg_scale > 1 and cell.negative_prompt is not None:
            counts += self.of_prompt(cell.negative_prompt, negative=True)
        return counts

    def _count(self, prompt: str):
        counts = (count_tokens(text, self._call, own, prompt) for text, own in self._texts)
        return tuple(count for count in counts if count is not None)


def _shortened(text: str) -> str:
    if len(text) <= _SHOWN:
        return text
    half = (_SHOWN - 3) // 2
    return f"{text[:half].rstrip()} … {text[-half:].lstrip()}"
