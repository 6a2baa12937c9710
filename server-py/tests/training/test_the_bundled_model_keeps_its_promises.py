"""The bundled model: small, stock, and as good as its card says, judged on fewer clips."""

import json
from pathlib import Path

import pytest

from training import card, folder, judge, world
from training.world import ClipSize


def test_the_folder_is_small(tiny: Path):
    assert folder.size_in_bytes(tiny) <= folder.LIMIT_BYTES


def test_stock_classes_load_it(pipeline):
    parts = {name: type(part).__name__ for name, part in pipeline.components.items()}
    assert type(pipeline).__name__ == "HunyuanVideoPipeline"
    assert parts["vae"] == "AutoencoderKLHunyuanVideo"
    assert parts["transformer"] == "HunyuanVideoTransformer3DModel"
    assert parts["text_encoder"] == "LlamaModel"
    assert parts["text_encoder_2"] == "CLIPTextModel"
    assert parts["scheduler"] == "FlowMatchEulerDiscreteScheduler"


def test_its_record_says_that_it_is_trained(tiny: Path):
    record = folder.read_record(tiny)
    assert record["weights"] == "bundled"
    assert record["trained"] is True
    assert judge.shortfalls(record["figures"]) == []


def test_its_card_is_written_from_its_record(tiny: Path):
    assert (tiny / "README.md").read_text(encoding="utf-8") == card.render(tiny)


def test_clips_survive_the_autoencoder(pipeline):
    figures = judge.judge_reconstruction(pipeline, ClipSize(9, 64, 64), 16)
    assert figures["psnr"] >= judge.LEAST_PSNR
    assert figures["region_psnr"] >= judge.LEAST_REGION_PSNR


def test_held_out_captions_give_what_they_say(tiny: Path, pipeline):
    scenes = world.held_out_scenes(8, seed=5)
    clips = judge.sample(pipeline, folder.call_defaults(tiny), scenes, judge.USUAL)
    figures = judge.score(clips, scenes)
    for name in judge.ATTRIBUTES:
        assert figures[name] >= 7 / 8, figures


@pytest.mark.parametrize("size", [ClipSize(1, 64, 64), ClipSize(17, 64, 64), ClipSize(9, 96, 96)])
def test_other_sizes_are_usable(tiny: Path, pipeline, size: ClipSize):
    scenes = world.held_out_scenes(4, seed=21)
    defaults = folder.call_defaults(tiny)
    clips = judge.sample(pipeline, defaults, scenes, size, seed=700)
    assert judge.score(clips, scenes)["all"] >= 0.5


def test_the_change_of_the_prediction_is_u_shaped(tiny: Path, pipeline):
    scenes, defaults = world.held_out_scenes(8, seed=9), folder.call_defaults(tiny)
    curves = {
        f"cfg 1 steps {steps} shift {shift:g}": judge.judge_curve(
            pipeline, defaults, scenes, steps=steps, shift=shift, cfg=1.0
        )
        for steps, shift in ((50, 1.0), (10, 1.0), (10, 7.0))
    }
    assert judge.curve_shortfalls(curves, 1.0) == []


def test_its_json_files_are_plain_json(tiny: Path):
    for path in tiny.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
