"""Equal prompts are encoded once, and upcast only for a float32 state."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from conftest import make_cell
from PIL import Image
from torch import Tensor

from l1probe.observe.prompt_cache import PromptCache, hook_prompt


class Pipeline:
    """A pipeline whose encoder records its arguments."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def encode_prompt(
        self,
        prompt: str | list[str],
        image: Any = None,
        max_sequence_length: int = 256,
        device: torch.device | None = None,
        dtype: torch.dtype | None = None,
        template: dict[str, Any] | None = None,
    ) -> tuple[Any, ...]:
        self.calls.append(str(prompt))
        embeddings = torch.full((1, 2), len(self.calls), dtype=torch.bfloat16)
        return embeddings, [embeddings], torch.ones(1, 2, dtype=torch.int64), None


def encoded(pipeline: Pipeline, cache: PromptCache, *args: Any, **kwargs: Any) -> float:
    return float(cache.encode(pipeline.encode_prompt, *args, **kwargs)[0][0, 0])


SAME = {
    "positional or keyword": ((("red",), {}), ((), {"prompt": "red"})),
    "the order of keywords": (
        ((), {"prompt": "red", "max_sequence_length": 16}),
        ((), {"max_sequence_length": 16, "prompt": "red"}),
    ),
    "equal lists": ((((["red"]),), {}), ((["red"],), {})),
    "equal devices": (
        (("red",), {"device": torch.device("cpu"), "dtype": torch.float32}),
        (("red",), {"device": torch.device("cpu"), "dtype": torch.float32}),
    ),
    "equal templates": (
        (("red",), {"template": {"a": "b", "crop": 3}}),
        (("red",), {"template": {"crop": 3, "a": "b"}}),
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_equal_arguments_are_encoded_once(one, other):
    pipeline, cache = Pipeline(), PromptCache()
    assert encoded(pipeline, cache, *one[0], **one[1]) == 1
    assert encoded(pipeline, cache, *other[0], **other[1]) == 1
    assert len(pipeline.calls) == 1


OTHERS: dict[str, dict[str, Any]] = {
    "another prompt": {"prompt": "blue"},
    "an empty one": {"prompt": ""},
    "a list of it": {"prompt": ["red"]},
    "two of it": {"prompt": ["red", "red"]},
    "another length": {"max_sequence_length": 17},
    "a length of another type": {"max_sequence_length": 16.0},
    "another dtype": {"dtype": torch.float16},
    "another device": {"device": torch.device("meta")},
    "another template": {"template": {"crop": 4}},
    "none": {"template": None},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_other_arguments_are_encoded_again(changes):
    pipeline, cache = Pipeline(), PromptCache()
    base = {
        "prompt": "red",
        "max_sequence_length": 16,
        "dtype": torch.float32,
        "device": torch.device("cpu"),
        "template": {"crop": 3},
    }
    assert encoded(pipeline, cache, **base) == 1
    assert encoded(pipeline, cache, **{**base, **changes}) == 2
    assert encoded(pipeline, cache, **base) == 1


@pytest.mark.parametrize("image", [Image.new("RGB", (2, 2)), torch.ones(2), [torch.ones(2)]])
def test_what_cannot_be_compared_is_encoded_each_time(image):
    pipeline, cache = Pipeline(), PromptCache()
    assert encoded(pipeline, cache, "red", image) == 1
    assert encoded(pipeline, cache, "red", image) == 2


def test_the_least_recently_used_prompt_goes_first():
    pipeline, cache = Pipeline(), PromptCache(capacity=2)
    for prompt in ("red", "blue", "red", "green", "red", "blue"):
        encoded(pipeline, cache, prompt)
    assert pipeline.calls == ["red", "blue", "green", "blue"]


def test_an_encoder_that_raises_is_called_again():
    pipeline, cache = Pipeline(), PromptCache()

    def broken(prompt: str) -> Any:
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError):
        cache.encode(broken, "red")
    assert encoded(pipeline, cache, "red") == 1


@pytest.mark.parametrize("upcasts", [True, False])
def test_embeddings_are_upcast_only_for_a_float32_state(upcasts):
    pipeline = Pipeline()
    hook_prompt(pipeline, PromptCache(), upcasts)
    embeddings, listed, mask, nothing = pipeline.encode_prompt("red")
    dtype = torch.float32 if upcasts else torch.bfloat16
    assert (embeddings.dtype, listed[0].dtype) == (dtype, dtype)
    assert (mask.dtype, nothing) == (torch.int64, None)
    assert isinstance(listed, list)


def test_both_solver_states_share_what_was_encoded():
    cache, runs = PromptCache(), [Pipeline(), Pipeline()]
    for pipeline, upcasts in zip(runs, (True, False), strict=True):
        hook_prompt(pipeline, cache, upcasts)
    lifted, stock = (pipeline.encode_prompt("red")[0] for pipeline in runs)
    assert [len(pipeline.calls) for pipeline in runs] == [1, 0]
    assert (lifted.dtype, stock.dtype) == (torch.float32, torch.bfloat16)
    assert torch.equal(lifted, stock.float())


def test_a_pipeline_that_reads_its_encoders_signature_finds_the_stock_one():
    pipeline = Pipeline()
    hook_prompt(pipeline, PromptCache(), True)
    assert inspect.signature(pipeline.encode_prompt) == inspect.signature(Pipeline().encode_prompt)


def test_cells_of_one_prompt_call_the_text_encoder_once(batched_bench):
    encoder, calls = batched_bench.model.pipeline.text_encoder, []

    def note(module: Any, args: Any, kwargs: Any) -> None:
        ids: Tensor = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        calls.append(len(ids))

    hook = encoder.register_forward_pre_hook(note, with_kwargs=True)
    changes = [{"seed": 0}, {"seed": 1}, {"sampler": "heun"}, {"true_cfg_scale": 5.0}]
    cells = [make_cell(prompt="a green square", negative_prompt="grey", **one) for one in changes]
    for cell in cells:
        assert batched_bench.run(cell).finished
    assert calls == [1, 1], "the prompt and the negative prompt"
    assert batched_bench.run(
        make_cell(prompt="a green square, resting", negative_prompt="grey")
    ).finished
    hook.remove()
    assert calls == [1, 1, 1]
