"""Tokenizers and text encoders do in training what the stock pipeline does with them."""

from pathlib import Path

import pytest
import torch

from training import text, tokenizers, world
from training.folder import call_defaults
from training.text import TextEncoders
from training.tokenizers import t5_tokenizer
from training.wan_text import WanTextEncoder


@pytest.fixture(scope="module")
def encoders() -> TextEncoders:
    torch.manual_seed(0)
    return TextEncoders()


def test_the_templates_prefix_is_exactly_what_the_pipeline_crops(encoders: TextEncoders):
    assert len(encoders.llama_tokenizer(tokenizers.PREFIX).input_ids) == tokenizers.CROP_START


def test_llama_pads_on_the_right_and_keeps_bos(encoders: TextEncoders):
    ids = encoders.llama_tokenizer(["", "a red circle"], padding=True).input_ids
    tokenizer = encoders.llama_tokenizer
    assert ids[0] == [tokenizer.bos_token_id] + [tokenizer.pad_token_id] * 3
    assert ids[1][0] == tokenizer.bos_token_id
    assert tokenizer.pad_token_id not in ids[1]


def test_each_word_is_one_token(encoders: TextEncoders):
    for word in world.caption(world.Scene(2, 5, 2, 1, 2, 7)).split():
        assert encoders.llama_tokenizer.tokenize(word) == ["\u2581" + word]
        assert encoders.clip_tokenizer.tokenize(word) == [word + "</w>"]


def test_clip_knows_every_byte(encoders: TextEncoders):
    # Its unknown token is its end token, where the pooled state is read.
    ids = encoders.clip_tokenizer("zebra \u00fc 9 \u4e2d").input_ids
    assert ids.count(encoders.clip_tokenizer.eos_token_id) == 1


def test_saved_tokenizers_are_the_ones_that_are_built(tiny: Path, encoders: TextEncoders, pipeline):
    phrases = [tokenizers.TEMPLATE.format("a cyan cross moving up left"), "", "zebra \u00fc"]
    built, saved = encoders.llama_tokenizer, pipeline.tokenizer
    assert saved(phrases, padding=True).input_ids == built(phrases, padding=True).input_ids
    assert saved.padding_side == "right"
    assert pipeline.tokenizer_2(phrases).input_ids == encoders.clip_tokenizer(phrases).input_ids
    assert call_defaults(tiny) == {"max_sequence_length": text.MAX_TOKENS}


def test_training_encodes_captions_as_the_pipeline_does(pipeline, encoders: TextEncoders):
    encoders.llama.load_state_dict(pipeline.text_encoder.state_dict())
    encoders.clip.load_state_dict(pipeline.text_encoder_2.state_dict())
    scenes = [*world.held_out_scenes(4, seed=1), world.Scene(0, 5, 1, 0, 0, 0)]
    rows = torch.cat([world.number(world.stack(scenes)), torch.tensor([text.NO_CAPTION])])
    captions = [*map(world.caption, scenes), ""]
    with torch.no_grad():
        ours = encoders(encoders.tokenize_all(torch.device("cpu")), rows)
        states, pooled, mask = pipeline.encode_prompt(captions, max_sequence_length=text.MAX_TOKENS)
    real = mask.bool()
    assert torch.equal(ours.mask.bool(), real)
    assert torch.allclose(ours.states[real], states[real], atol=1e-4)
    assert torch.allclose(ours.pooled, pooled, atol=1e-4)


def test_wans_training_encodes_captions_as_its_pipeline_does(wan_pipeline):
    encoder = WanTextEncoder()
    encoder.umt5.load_state_dict(wan_pipeline.text_encoder.state_dict())
    scenes = [*world.held_out_scenes(4, seed=1), world.Scene(0, 5, 1, 0, 0, 0)]
    rows = torch.cat([world.number(world.stack(scenes)), torch.tensor([text.NO_CAPTION])])
    with torch.no_grad():
        ours = encoder(encoder.tokenize_all(torch.device("cpu")), rows).states
        states, _ = wan_pipeline.encode_prompt(
            [*map(world.caption, scenes), ""],
            do_classifier_free_guidance=False,
            max_sequence_length=text.MAX_TOKENS,
        )
    assert torch.allclose(ours, states, atol=1e-4)


def test_each_word_is_one_token_of_wans_encoder(wan_pipeline):
    caption = world.caption(world.Scene(2, 5, 2, 1, 2, 7))
    built, saved = t5_tokenizer(), wan_pipeline.tokenizer
    assert built.tokenize(caption) == ["\u2581" + word for word in caption.split()]
    phrases = [caption, "", "zebra \u00fc"]
    assert saved(phrases).input_ids == built(phrases).input_ids
