"""Wan's text encoder, a UMT5 of two layers, and its batched use on this world's captions."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel

from .architecture import Prompts
from .text import MAX_TOKENS, WIDTH
from .tokenizers import t5_tokenizer
from .world import caption, every_scene

LAYERS = 2
HEADS = 4


@dataclass(frozen=True)
class CaptionTokens:
    """Token ids of every caption, by `world.number`, and of the empty prompt, last."""

    ids: Int[Tensor, "captions 16"]
    mask: Float[Tensor, "captions 16"]


class WanTextEncoder(nn.Module):
    """The encoder with its tokenizer."""

    def __init__(self) -> None:
        super().__init__()
        self.tokenizer: T5Tokenizer = t5_tokenizer()
        tokenizer: Any = self.tokenizer
        self.umt5 = UMT5EncoderModel(
            UMT5Config(
                vocab_size=len(tokenizer),
                d_model=WIDTH,
                d_kv=WIDTH // HEADS,
                d_ff=3 * WIDTH,
                num_layers=LAYERS,
                num_heads=HEADS,
                relative_attention_num_buckets=16,
                relative_attention_max_distance=32,
                dropout_rate=0.0,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
            )
        ).float()
        nn.init.normal_(self.umt5.shared.weight, std=0.5)

    def tokenize_all(self, device: torch.device) -> CaptionTokens:
        """Tokenize every caption once, as the pipeline would."""
        phrases = [caption(scene) for scene in every_scene()] + [""]
        tokenizer: Any = self.tokenizer
        longest = max(len(row) for row in tokenizer(phrases).input_ids)
        if longest > MAX_TOKENS:
            raise RuntimeError(f"a caption has {longest} tokens; {MAX_TOKENS} is the limit")
        padded = tokenizer(
            phrases, padding="max_length", max_length=MAX_TOKENS, return_tensors="pt"
        )
        return CaptionTokens(padded.input_ids.to(device), padded.attention_mask.float().to(device))

    def forward(self, tokens: CaptionTokens, rows: Int[Tensor, " n"]) -> Prompts:
        """Encode the captions in `rows`; states of padding are 0, as in Wan's pipeline.

        The blocks are called one by one with a mask of our own: building the model's masks reads
        values back from the device, which forbids capturing the step as a CUDA graph.
        """
        mask = tokens.mask[rows]
        stack: Any = self.umt5.encoder
        hidden = self.umt5.shared(tokens.ids[rows])
        barred = (1 - mask)[:, None, None, :] * -1e4
        for block in stack.block:
            after = block(hidden, attention_mask=barred)
            # Versions of transformers differ in whether a block returns a tuple.
            hidden = after if isinstance(after, Tensor) else after[0]
        hidden = stack.final_layer_norm(hidden)
        return Prompts(hidden * mask[..., None], mask, None)

    def trained_parameters(self) -> list[nn.Parameter]:
        return list(self.umt5.parameters())

    def blocks(self) -> list[nn.Module]:
        stack: Any = self.umt5.encoder
        return [stack.block]

    def parts(self) -> dict[str, nn.Module]:
        return {"umt5": self.umt5}
