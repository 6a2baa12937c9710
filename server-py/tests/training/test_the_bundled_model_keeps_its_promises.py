"""The bundled model: small, stock, and as good as its card says, judged on fewer clips."""

import json
from pathlib import Path

import pytest

from training import card, folder, judge, world
from training.hunyuan_video import HUNYUAN_VIDEO
from training.world import ClipSize

TINY_WAN = Path(__file__).parents[2] / "models" / "tiny-wan"


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
    assert judge.shortfalls(record["figures"], folder.architecture(tiny)) == []


def test_its_card_is_written_from_its_record(tiny: Path):
    assert (tiny / "README.md").read_text(encoding="utf-8") == card.render(tiny)


def test_the_second_model_is_small_trained_and_of_wans_classes(wan_pipeline):
    assert folder.size_in_bytes(TINY_WAN) <= 12 * 2**20
    record = folder.read_record(TINY_WAN)
    assert record["weights"] == "bundled"
    assert judge.shortfalls(record["figures"], folder.architecture(TINY_WAN)) == []
    assert (TINY_WAN / "README.md").read_text(encoding="utf-8") == card.render(TINY_WAN)
    parts = {name: type(part).__name__ for name, part in wan_pipeline.components.items() if part}
    assert parts == {
        "tokenizer": "T5Tokenizer",
        "text_encoder": "UMT5EncoderModel",
        "transformer": "WanTransformer3DModel",
        "vae": "AutoencoderKLWan",
        "scheduler": "UniPCMultistepScheduler",
    }


def test_the_second_model_gives_what_held_out_captions_say(wan_pipeline):
    scenes = world.held_out_scenes(4, seed=5)
    clips = judge.sample(wan_pipeline, folder.call_defaults(TINY_WAN), scenes, judge.USUAL)
    assert judge.score(clips, scenes)["all"] >= 0.75


def test_clips_survive_the_autoencoder(pipeline):
    figures = judge.judge_reconstruction(pipeline, ClipSize(9, 64, 64), 16)
    whole, region = HUNYUAN_VIDEO.least_psnr
    assert figures["psnr"] >= whole
    assert figures["region_psnr"] >= region


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
