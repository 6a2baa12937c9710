"""The tokenizers: HunyuanVideo's and Wan's classes, with vocabularies of a few hundred tokens.

Byte-pair merges are learnt from this world's words and from the words of the pipeline's own
prompt template, so that each of them is one token. Then the template's fixed beginning is exactly
`crop_start` = 95 tokens long, as the pipeline assumes when it cuts it off.
"""

import re
from collections import Counter
from itertools import pairwise
from typing import Any

from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import (
    DEFAULT_PROMPT_TEMPLATE,
)
from tokenizers import pre_tokenizers
from transformers import CLIPTokenizer, LlamaTokenizerFast, T5Tokenizer

from .world import VOCABULARIES

TEMPLATE: str = DEFAULT_PROMPT_TEMPLATE["template"]
CROP_START: int = DEFAULT_PROMPT_TEMPLATE["crop_start"]
PREFIX = TEMPLATE.split("{}")[0]

# The words around the attributes, and a few a newcomer is likely to type.
PLAIN_WORDS = "a an the of in at to with and moving on background video slow fast shape"


def world_words() -> list[str]:
    """Every single word a caption can hold, sorted."""
    phrases = [PLAIN_WORDS, *(phrase for vocabulary in VOCABULARIES for phrase in vocabulary)]
    return sorted({word for phrase in phrases for word in phrase.split()})


def template_words() -> list[str]:
    """The words of the pipeline's prompt template, without its special tokens."""
    return re.findall(r"[A-Za-z]+", re.sub(r"<\|\w+\|>|\{\}", " ", TEMPLATE))


def learn_merges(words: Counter[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Byte-pair merges, in order, that make each word (its characters and its count) one token.

    Ties are broken by the alphabet, so that the same words always give the same vocabulary; the
    trainer of the tokenizers package leaves ties to chance.
    """
    merges = []
    while True:
        pairs: Counter[tuple[str, str]] = Counter()
        for pieces, count in words.items():
            for pair in pairwise(pieces):
                pairs[pair] += count
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        merged: Counter[tuple[str, ...]] = Counter()
        for pieces, count in words.items():
            merged[_merge(pieces, best)] += count
        words = merged


def _merge(pieces: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The pieces with each occurrence of the pair, from the left, made one."""
    merged: list[str] = []
    joined = False  # whether the last merged piece was just made of this pair
    for piece in pieces:
        if merged and not joined and (merged[-1], piece) == pair:
            merged[-1] += piece
            joined = True
        else:
            merged.append(piece)
            joined = False
    return tuple(merged)


def _numbered(tokens: list[str]) -> dict[str, int]:
    """Tokens to ids, each token once."""
    return {token: place for place, token in enumerate(dict.fromkeys(tokens))}


def llama_tokenizer() -> LlamaTokenizerFast:
    """Byte-fallback BPE with Llama's Metaspace; pads on the right and keeps BOS.

    transformers 5 rebuilds this tokenizer from vocabulary, merges and post-processor alone and
    forces Metaspace, so the merges are learnt with Metaspace too.
    """
    # A word may follow a space or, first in the template, a line break: learn both forms.
    # Counting the world's words more often gives them the early, undisturbed merges.
    counts: Counter[tuple[str, ...]] = Counter()
    for word in [*world_words() * 20, *template_words()]:
        counts.update([tuple(word), tuple("\u2581" + word)])
    merges: Any = learn_merges(counts)  # transformers' annotations know only list[str]
    merges.append(("\n", "\n"))

    special = ["<unk>", "<|begin_of_text|>", "<|eot_id|>", "<|pad|>"]
    marks = ["<|start_header_id|>", "<|end_header_id|>"]
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    characters = ["\u2581", "\n", *(chr(code) for code in range(33, 127))]
    merged = [left + right for left, right in merges]
    tokenizer = LlamaTokenizerFast(
        vocab=_numbered([*special, *marks, *fallback, *characters, *merged]),
        merges=merges,
        unk_token="<unk>",
        bos_token="<|begin_of_text|>",
        eos_token="<|eot_id|>",
        pad_token="<|pad|>",
        extra_special_tokens=marks,
        add_bos_token=True,
        add_eos_token=False,
        padding_side="right",
        model_max_length=1024,
    )
    length = len(tokenizer(PREFIX).input_ids)
    if length != CROP_START:
        raise RuntimeError(f"the template's prefix is {length} tokens, not {CROP_START}")
    return tokenizer


def clip_tokenizer() -> CLIPTokenizer:
    """CLIP's BPE. All bytes are in the vocabulary, as its unknown token is also its end token."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    endings = [letter + "</w>" for letter in letters]
    ended = [(*word[:-1], word[-1] + "</w>") for word in world_words()]
    merges: Any = learn_merges(Counter(ended))
    merged = [left + right for left, right in merges]
    special = ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab=_numbered([*letters, *endings, *merged, *special]),
        merges=merges,
        model_max_length=77,
    )


def t5_tokenizer() -> T5Tokenizer:
    """T5's unigram tokenizer: each word of this world is one token, others fall into letters."""
    words = [("\u2581" + word, -1.0) for word in world_words()]
    letters = [(chr(code), -10.0) for code in range(33, 127)]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -20.0)]
    return T5Tokenizer(
        vocab=[*special, ("\u2581", -5.0), *words, *letters],
        extra_ids=0,
        model_max_length=512,
    )
