"""The Llama and CLIP text encoders, and their batched use on this world's captions.

Both are trained together with the transformer. Training must give what the pipeline's
`encode_prompt` gives for the same caption; a test holds the two together.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    LlamaConfig,
    LlamaModel,
    LlamaTokenizerFast,
)

from . import tokenizers
from .architecture import Prompts
from .world import CAPTION_COUNT, caption, every_scene

WIDTH = 64  # of both encoders
MAX_TOKENS = 16  # kept of a caption; `max_sequence_length` of the pipeline's call
LLAMA_LAYERS = 4
# The pipeline reads the hidden state two layers before the last, so the last two never matter.
LLAMA_LAYERS_READ = LLAMA_LAYERS - 2
NO_CAPTION = CAPTION_COUNT  # the row of the empty prompt in `CaptionTokens`


@dataclass(frozen=True)
class CaptionTokens:
    """Token ids of every caption, by `world.number`, and of the empty prompt, last."""

    prefix: Int[Tensor, " prefix"]  # of the pipeline's template, the same for all
    llama: Int[Tensor, "captions 16"]  # what follows the prefix, padded on the right
    llama_length: Int[Tensor, " captions"]
    clip: Int[Tensor, "captions 16"]  # padded with the end token


class TextEncoders(nn.Module):
    """Both encoders with their tokenizers."""

    def __init__(self) -> None:
        super().__init__()
        self.llama_tokenizer: LlamaTokenizerFast = tokenizers.llama_tokenizer()
        self.clip_tokenizer: CLIPTokenizer = tokenizers.clip_tokenizer()
        self.llama = _new_llama(self.llama_tokenizer)
        self.clip = _new_clip(self.clip_tokenizer)

    def tokenize_all(self, device: torch.device) -> CaptionTokens:
        """Tokenize every caption once, as the pipeline would."""
        phrases = [caption(scene) for scene in every_scene()] + [""]
        templated = [tokenizers.TEMPLATE.format(phrase) for phrase in phrases]
        rows = self.llama_tokenizer(templated).input_ids
        prefix = rows[0][: tokenizers.CROP_START]
        if any(row[: tokenizers.CROP_START] != prefix for row in rows):
            raise RuntimeError("a caption changes the tokens of the template's prefix")
        llama = [row[tokenizers.CROP_START :] for row in rows]
        clip = self.clip_tokenizer(phrases).input_ids
        return CaptionTokens(
            prefix=torch.tensor(prefix, device=device),
            llama=_padded(llama, self.llama_tokenizer.pad_token_id).to(device),
            llama_length=torch.tensor([len(row) for row in llama], device=device),
            clip=_padded(clip, self.clip_tokenizer.pad_token_id).to(device),
        )

    def forward(self, tokens: CaptionTokens, rows: Int[Tensor, " n"]) -> Prompts:
        """Encode the captions in `rows`.

        The layers are called without attention masks: both models are causal and pad on the
        right, so padding cannot reach a real token, and building masks would forbid capturing
        the step as a CUDA graph.
        """
        states = self._llama_states(tokens, rows)
        positions = torch.arange(MAX_TOKENS, device=rows.device)
        mask = (positions < tokens.llama_length[rows, None]).float()
        return Prompts(states, mask, self._clip_pooled(tokens.clip[rows]))

    def _llama_states(self, tokens: CaptionTokens, rows: Tensor) -> Float[Tensor, "n 16 64"]:
        ids = torch.cat([tokens.prefix.expand(len(rows), -1), tokens.llama[rows]], dim=1)
        hidden = self.llama.embed_tokens(ids)
        positions = torch.arange(ids.shape[1], device=ids.device)[None]
        rotary = self.llama.rotary_emb(hidden, position_ids=positions)
        for layer in self.llama.layers[:LLAMA_LAYERS_READ]:
            hidden = layer(
                hidden, attention_mask=None, position_ids=positions, position_embeddings=rotary
            )
        return hidden[:, len(tokens.prefix) :]

    def _clip_pooled(self, ids: Int[Tensor, "n 16"]) -> Float[Tensor, "n 64"]:
        embedded = self.clip.embeddings(input_ids=ids)
        hidden = self.clip.encoder(inputs_embeds=embedded, attention_mask=None, is_causal=True)
        hidden = self.clip.final_layer_norm(hidden.last_hidden_state)
        end: Any = self.clip.config.eos_token_id
        first_end = ids.eq(end).int().argmax(dim=-1)
        return hidden[torch.arange(len(ids), device=ids.device), first_end]

    def trained_parameters(self) -> list[nn.Parameter]:
        """All parameters that reach the transformer."""
        unread = [*self.llama.layers[LLAMA_LAYERS_READ:], self.llama.norm]
        skipped = {id(p) for module in unread for p in module.parameters()}
        return [p for p in self.parameters() if id(p) not in skipped]

    def parts(self) -> dict[str, nn.Module]:
        return {"llama": self.llama, "clip": self.clip}

    def blocks(self) -> list[nn.Module]:
        """The modules whose matrices Muon trains."""
        return [*self.llama.layers[:LLAMA_LAYERS_READ], self.clip.encoder]


def _new_llama(tokenizer: Any) -> LlamaModel:
    model = LlamaModel(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=3 * WIDTH,
            num_hidden_layers=LLAMA_LAYERS,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=1024,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            use_cache=False,
        )
    ).float()
    # Wider than the default .02, so that words tell apart from the first step on.
    nn.init.normal_(model.embed_tokens.weight, std=0.5)
    return model


def _new_clip(tokenizer: Any) -> CLIPTextModel:
    model = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    ).float()
    nn.init.normal_(model.embeddings.token_embedding.weight, std=0.3)
    return model


def _padded(rows: list[list[int]], pad: Any) -> Int[Tensor, "rows 16"]:
    longest = max(map(len, rows))
    if longest > MAX_TOKENS:
        raise RuntimeError(f"a caption has {longest} tokens; {MAX_TOKENS} is the limit")
    return torch.tensor([row + [pad] * (MAX_TOKENS - len(row)) for row in rows])
