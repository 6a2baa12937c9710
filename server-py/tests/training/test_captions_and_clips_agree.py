"""The world: captions invert, held-out combinations stay out, drawn clips show their scenes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training import judge, world
from training.world import ClipSize, Scene

scenes = st.builds(Scene, *(st.integers(0, len(words) - 1) for words in world.VOCABULARIES))


def rows(scene: Scene[torch.Tensor]) -> list[Scene[int]]:
    return [Scene(*row) for row in torch.stack(scene, 1).tolist()]


@given(scenes)
def test_a_caption_names_its_scene(scene: Scene[int]):
    said = scene if scene.direction else scene._replace(speed=0)
    assert world.parse(world.caption(scene)) == said


@pytest.mark.parametrize(
    "phrase",
    ["", "red circle", "a red circle moving", "a circle", "a red circle on a pink background"],
)
def test_a_phrase_of_another_world_is_refused(phrase: str):
    with pytest.raises(ValueError, match="not a caption"):
        world.parse(phrase)


def test_captions_are_numbered_in_their_order():
    every = world.every_scene()
    assert len(every) == world.CAPTION_COUNT
    assert torch.equal(world.number(world.stack(every)), torch.arange(world.CAPTION_COUNT))


def test_training_never_shows_a_held_out_combination():
    scene = world.training_scenes(200_000, torch.Generator().manual_seed(0))
    assert not world.held_out(scene).any()
    seen = set(zip(*(scene[k].tolist() for k in (1, 2, 4, 5)), strict=True))
    possible = {
        (s.colour, s.shape, s.direction, s.background)
        for s in world.every_scene()
        if s.direction and s.background
        if world.COLOURS[s.colour] != world.BACKGROUNDS[s.background]
        if not world.held_out(s)
    }
    assert seen == possible  # and nothing else is missing


def test_no_shape_has_the_colour_of_its_background():
    scene = world.training_scenes(20_000, torch.Generator().manual_seed(1))
    pairs = zip(scene.colour.tolist(), scene.background.tolist(), strict=True)
    assert all(world.COLOURS[c] != world.BACKGROUNDS[b] for c, b in pairs)


def test_judged_prompts_are_all_held_out():
    chosen = world.held_out_scenes(64, seed=5)
    assert all(world.held_out(scene) for scene in chosen)
    assert chosen == world.held_out_scenes(64, seed=5)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**31))
def test_one_in_sixteen_combinations_is_held_out(start: int):
    # For any colour, shape and background the eight directions hold out at most one.
    colour, shape, background = start % 8, start // 8 % 4, start // 32 % 8 + 1
    held = [world.held_out(Scene(0, colour, shape, 0, d, background)) for d in range(1, 9)]
    assert sum(held) <= 1


@pytest.mark.parametrize(
    "size", [ClipSize(9, 64, 64), ClipSize(1, 64, 64), ClipSize(17, 96, 96), ClipSize(5, 64, 96)]
)
def test_the_judge_is_right_about_drawn_clips(size: ClipSize):
    generator = torch.Generator().manual_seed(3)
    scene = world.training_scenes(24, generator)
    clips = world.draw(scene, size, generator)
    figures = judge.score(((clips.video + 1) / 2).transpose(1, 2), rows(scene))
    assert figures["all"] == 1.0
    assert figures["overlap"] > 0.95


def test_the_judge_notices_a_wrong_scene():
    generator = torch.Generator().manual_seed(4)
    scene = world.training_scenes(16, generator)
    clips = world.draw(scene, ClipSize(9, 64, 64), generator)
    other = scene._replace(
        colour=(scene.colour + 1) % 8,
        shape=(scene.shape + 1) % 4,
        direction=scene.direction % 8 + 1,
        background=scene.background % 8 + 1,
    )
    figures = judge.score(((clips.video + 1) / 2).transpose(1, 2), rows(other))
    assert [figures[name] for name in judge.ATTRIBUTES] == [0, 0, 0, 0]


def test_the_judge_finds_nothing_in_an_empty_clip():
    figures = judge.score(torch.full((1, 9, 3, 64, 64), 0.5), [Scene(0, 0, 0, 0, 1, 2)])
    assert figures["background"] == 1.0  # gray
    assert figures["colour"] == figures["shape"] == figures["direction"] == 0


def test_drawing_is_repeatable():
    def drawn() -> torch.Tensor:
        generator = torch.Generator().manual_seed(7)
        scene = world.training_scenes(2, generator)
        return world.draw(scene, ClipSize(5, 32, 48), generator, free_colours=0.5).video

    assert torch.equal(drawn(), drawn())
    assert drawn().shape == (2, 3, 5, 32, 48)
    assert drawn().abs().max() <= 1
