"""How a pipeline turns a prompt into tokens for each of its text encoders, and what it cuts.

A pipeline cuts a prompt that is too long without an error. Its own tokenizers, limits and templates
are used here again, without the encoders, so that the cut can be counted and named.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PipelineCall:
    """A pipeline, and the keyword defaults of its calls."""

    pipeline: Any
    defaults: Mapping[str, Any]

    def argument(self, name: str) -> Any:
        """An argument of `__call__` that no cell sets."""
        if name in self.defaults:
            return self.defaults[name]
        return inspect.signature(type(self.pipeline).__call__).parameters[name].default


#: The token ids of a prompt, cut to a number of tokens unless it is None; None if this encoder
#: reads nothing of the prompt.
Tokenize = Callable[[PipelineCall, Any, str, int | None], Sequence[int] | None]


def as_it_is(
    call: PipelineCall, tokenizer: Any, prompt: str, most: int | None
) -> Sequence[int] | None:
    """The prompt and the tokenizer's own special tokens."""
    # Quietly: that it is longer than the model's maximum is what is counted here.
    return tokenizer(prompt, truncation=most is not None, max_length=most, verbose=False).input_ids


def cleaned(clean: Callable[[PipelineCall, str], str]) -> Tokenize:
    """The prompt after a pipeline's own cleaning."""
    return lambda call, tokenizer, prompt, most: as_it_is(
        call, tokenizer, clean(call, prompt), most
    )


def max_sequence_length(call: PipelineCall) -> int:
    """The limit of most language models: an argument of the call."""
    return call.argument("max_sequence_length")


def tokenizer_max_length(call: PipelineCall) -> int:
    """The limit of most CLIP encoders: an attribute of the pipeline."""
    return call.pipeline.tokenizer_max_length


def no_template(call: PipelineCall) -> int:
    return 0


@dataclass(frozen=True)
class TextInput:
    """What one text encoder reads of a prompt.

    Attributes:
        encoder: the encoder's component.
        tokenizer: its tokenizer's component.
        limit: the most tokens that it reads, without those of `template`.
        tokenize: makes the tokens.
        template: tokens before the prompt that the pipeline drops again after encoding.
    """

    encoder: str
    tokenizer: str
    limit: Callable[[PipelineCall], int]
    tokenize: Tokenize = as_it_is
    template: Callable[[PipelineCall], int] = no_template


#: For pipelines with one text encoder whose limit is an argument of the call.
ONE_ENCODER = (TextInput("text_encoder", "tokenizer", max_sequence_length),)


@dataclass(frozen=True)
class Tokens:
    """What one text encoder reads of one prompt.

    Attributes:
        encoder: the encoder's component.
        tokens: of the whole prompt, with special tokens and without the template.
        kept: those that it reads.
        cut: the text of the others, decoded; "" if the prompt fits.
    """

    encoder: str
    tokens: int
    kept: int
    cut: str


def count_tokens(text: TextInput, call: PipelineCall, tokenizer: Any, prompt: str) -> Tokens | None:
    """Tokenizes a prompt as the pipeline does; None if this encoder reads nothing of it."""
    template, limit = text.template(call), text.limit(call)
    whole = text.tokenize(call, tokenizer, prompt, None)
    if whole is None:
        return None
    tokens = max(0, len(whole) - template)
    if tokens <= limit:
        return Tokens(text.encoder, tokens, tokens, "")
    kept = text.tokenize(call, tokenizer, prompt, template + limit) or ()
    # Special tokens at the end are kept, and so are not part of what is cut.
    begin = _common(whole, kept)
    end = _common(whole[::-1], (text.tokenize(call, tokenizer, "", None) or ())[::-1])
    cut = tokenizer.decode(whole[begin : len(whole) - end], skip_special_tokens=True).strip()
    return Tokens(text.encoder, tokens, limit, cut)


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """The number of equal tokens at the beginning."""
    differing = (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    return next(differing, min(len(a), len(b)))
