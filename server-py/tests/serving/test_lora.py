"""LoRAs: loaded as diffusers loads them, part of the fingerprint, refused if they do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from bundled_transformer import inputs_of, stock_answer
from conftest import PROMPT, Bench, make_cell
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler
from safetensors.torch import save_file
from torch import Tensor

from l1probe.random_models import make_random
from l1probe.serving.loading import LoadedModel, load_model
from l1probe.serving.lora_name import parse_loras
from l1probe.serving.model_name import CannotLoad, HubId
from l1probe.settings import BUNDLED_MODEL, parse_settings
from l1probe.v1 import probe_pb2 as pb

SIGMAS = (1.0, 0.8125, 0.4375, 0.125)
LATENTS = (pb.ARTIFACT_KIND_LATENTS,)
RANK = 4


def lora_of(transformer: Any, seed: int = 0) -> dict[str, Tensor]:
    """Random matrices for every query and key of a transformer, in diffusers' format."""
    generator = torch.Generator().manual_seed(seed)
    made = {}
    for name, layer in transformer.named_modules():
        if name.endswith((".to_q", ".to_k")):
            rows, columns = layer.weight.shape
            inward = torch.randn(RANK, columns, generator=generator)
            outward = torch.randn(rows, RANK, generator=generator) * 0.2
            made[f"transformer.{name}.lora_A.weight"] = inward
            made[f"transformer.{name}.lora_B.weight"] = outward
    assert made
    return made


def saved(folder: Path, tensors: Mapping[str, Tensor], name: str = "lora.safetensors") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(tensors), folder / name)
    return folder / name


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    return lora_of(stock_pipeline().transformer)


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, Tensor]) -> Path:
    return saved(tmp_path_factory.mktemp("lora"), tensors)


def load(*loras: str, model: str = str(BUNDLED_MODEL)) -> LoadedModel:
    flags = [part for lora in loras for part in ("--lora", lora)]
    return load_model(parse_settings(["--device", "cpu", "--model", model, *flags]))


def refusal(*loras: str, model: str = str(BUNDLED_MODEL)) -> str:
    with pytest.raises(CannotLoad) as refused:
        load(*loras, model=model)
    return str(refused.value)


def stock_pipeline() -> Any:
    pipeline: Any = DiffusionPipeline.from_pretrained(BUNDLED_MODEL, dtype=torch.float32)
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler(shift=1.0)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def stock_latents(pipeline: Any, seed: int = 0) -> Tensor:
    """What diffusers makes of the cell of `make_cell(SIGMAS)`."""
    return pipeline(
        prompt=PROMPT,
        negative_prompt="",
        sigmas=list(SIGMAS),
        num_inference_steps=len(SIGMAS),
        height=64,
        width=64,
        num_frames=1,
        guidance_scale=1.0,
        true_cfg_scale=3.0,
        max_sequence_length=16,
        generator=torch.Generator("cpu").manual_seed(seed),
        output_type="latent",
    ).frames


def served_latents(loras: Sequence[str], max_batch: int, seeds: Sequence[int] = (0,)):
    flags = [part for lora in loras for part in ("--lora", lora)]
    bench = Bench(parse_settings(["--device", "cpu", "--max-batch", str(max_batch), *flags]))
    try:
        cells = [make_cell(SIGMAS, seed=seed, solver_state=pb.SOLVER_STATE_STOCK) for seed in seeds]
        results = bench.together(cells, LATENTS)
        assert max(step.batch_size for step in results[0].steps) >= len(seeds)
        return [result.tensors["latents"] for result in results]
    finally:
        bench.close()


def test_latents_are_those_of_the_stock_pipeline_with_the_same_lora(lora: Path):
    pipeline = stock_pipeline()
    base = stock_latents(pipeline)
    pipeline.load_lora_weights(str(lora.parent), weight_name=lora.name, adapter_name="a")
    pipeline.set_adapters(["a"], [0.5])
    expected = stock_latents(pipeline)
    assert torch.equal(served_latents([f"{lora}:0.5"], 1)[0], expected)
    assert (expected - base).abs().max() > 0.05 * base.abs().max()
    # Twice the same file under two names is the scale of both.
    second = Path(lora.parent / "again" / "lora.safetensors")
    second.parent.mkdir()
    second.write_bytes(lora.read_bytes())
    both, other = served_latents([f"{lora}:0.125", f"{second.parent}:.375"], 8, (0, 1))
    torch.testing.assert_close(both, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))
    theirs = stock_latents(pipeline, 1)
    torch.testing.assert_close(other, theirs, rtol=0, atol=1e-4 * float(theirs.abs().max()))
    zero = served_latents([f"{lora}:0"], 1)[0]
    torch.testing.assert_close(zero, base, rtol=0, atol=1e-5 * float(base.abs().max()))


def test_a_block_compiles_without_a_graph_break(lora: Path):
    pipeline = stock_pipeline()
    pipeline.load_lora_weights(str(lora.parent), weight_name=lora.name, adapter_name="a")
    pipeline.set_adapters(["a"], [0.5])
    inputs = inputs_of((5, 9))
    with torch.no_grad():
        expected = stock_answer(pipeline.transformer, inputs)
        block = pipeline.transformer.transformer_blocks[0]
        block.compile(fullgraph=True, dynamic=True, backend="eager")
        assert torch.equal(stock_answer(pipeline.transformer, inputs), expected)


def test_content_and_scale_are_in_the_fingerprint(
    tmp_path: Path, lora: Path, tensors: dict[str, Tensor]
):
    changed = {**tensors, next(iter(tensors)): torch.zeros_like(next(iter(tensors.values())))}
    other = saved(tmp_path, changed)
    base, one, half, another = (
        load(*loras).description for loras in ((), (str(lora),), (f"{lora}:0.5",), (str(other),))
    )
    assert len({d.fingerprint for d in (base, one, half, another)}) == 4
    assert all(d.fingerprint.startswith(base.fingerprint) for d in (one, half, another))
    assert one.transformer_parameters == base.transformer_parameters
    assert [(d.id, [(x.id, x.scale) for x in d.loras]) for d in (base, one, half)] == [
        ("tiny", []),
        ("tiny", [("lora.safetensors", 1.0)]),
        ("tiny", [("lora.safetensors", 0.5)]),
    ]
    assert one.loras[0].fingerprint != another.loras[0].fingerprint


def test_a_lora_of_two_experts_says_which_it_changes(tmp_path: Path):
    model = "random:tiny-wan-2.2"
    device = torch.device("cpu")
    pipeline = make_random("tiny-wan-2.2", device, torch.float32, torch.float32)
    file = str(saved(tmp_path, lora_of(pipeline.transformer)))
    said = refusal(file, model=model)
    assert f"transformer={file}" in said
    assert f"transformer_2={file}" in said
    loaded = load(f"transformer_2={file}:0.5", model=model)
    first, second = loaded.pipeline.transformer, loaded.pipeline.transformer_2
    assert not hasattr(first, "peft_config")
    assert list(second.peft_config) == ["lora_0"]
    (described,) = loaded.description.loras
    assert (described.transformer, described.scale) == ("transformer_2", 0.5)
    assert "+transformer_2=sha256:" in loaded.description.fingerprint
    both = load(f"transformer={file}", f"transformer_2={file}", model=model)
    assert [x.transformer for x in both.description.loras] == ["transformer", "transformer_2"]
    assert "names transformer_2; this model has transformer" in refusal(f"transformer_2={file}")


def test_keys_that_match_no_layer_are_named(tmp_path: Path, tensors: dict[str, Tensor]):
    first, *_ = tensors
    wide = torch.zeros(RANK, 7)
    strange = {**tensors, first: wide, "transformer.nowhere.lora_A.weight": wide.clone()}
    said = refusal(str(saved(tmp_path, strange)))
    assert f"2 of {len(strange)} keys" in said
    assert f"{first} [4, 7]" in said
    assert "transformer.nowhere.lora_A.weight" in said
    bare = {key.removeprefix("transformer."): value for key, value in tensors.items()}
    assert first.removeprefix("transformer.") in refusal(str(saved(tmp_path, bare)))
    dora = {**tensors, f"{first}.dora_scale": wide}
    assert "is a DoRA" in refusal(str(saved(tmp_path, dora)))


def test_only_safetensors_are_read(tmp_path: Path, tensors: dict[str, Tensor]):
    torch.save(tensors, tmp_path / "pytorch_lora_weights.bin")
    assert "has no .safetensors file" in refusal(str(tmp_path))
    assert "is not a .safetensors file" in refusal(str(tmp_path / "pytorch_lora_weights.bin"))
    (tmp_path / "lora.safetensors").write_bytes(b"no header")
    assert "cannot be read" in refusal(str(tmp_path))
    saved(tmp_path, tensors, "second.safetensors")
    several = refusal(str(tmp_path))
    assert "lora.safetensors, second.safetensors" in several


def test_a_pipeline_without_a_loader_is_refused(lora: Path):
    assert "LattePipeline takes no LoRA" in refusal(str(lora), model="random:tiny-latte")


def test_a_name_is_a_file_a_folder_or_a_hub_id(lora: Path):
    named = parse_loras(
        [
            f"{lora}:0.5",
            "lab/style",
            "lab/style@v2:-1",
            "transformer_2=lab/style/low/a.safetensors@refs/pr/1:.25",
        ]
    )
    assert [(x.source, x.file, x.scale, x.transformer, x.id) for x in named] == [
        (lora.resolve(), "", 0.5, "", "lora.safetensors"),
        (HubId("lab/style"), "", 1.0, "", "lab/style"),
        (HubId("lab/style", "v2"), "", -1.0, "", "lab/style"),
        (
            HubId("lab/style", "refs/pr/1"),
            "low/a.safetensors",
            0.25,
            "transformer_2",
            "lab/style/low/a.safetensors",
        ),
    ]


@pytest.mark.parametrize(
    "text", ["nothing", "./a/b", "/a/b", "lab/style@", "lab/style:x", "a/b:nan"]
)
def test_another_name_is_refused(text: str):
    with pytest.raises(CannotLoad, match="--lora"):
        parse_loras([text])


def test_the_same_lora_twice_is_refused(lora: Path):
    with pytest.raises(CannotLoad, match="named twice"):
        parse_loras([str(lora), f"{lora}:0.5"])
