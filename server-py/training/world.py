"""The world the bundled model knows: one coloured shape that moves over a plain background.

A scene is six small integers. Its caption is an English phrase that says some of them; its clip
is drawn from all of them with random place, size and travel. Lengths are in units of a field
whose shorter side is 64 units, so the same scene fits any clip size.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

RGB = tuple[float, float, float]

PALETTE: dict[str, RGB] = {
    "red": (0.90, 0.12, 0.12),
    "green": (0.12, 0.70, 0.22),
    "blue": (0.15, 0.30, 0.92),
    "yellow": (0.95, 0.85, 0.12),
    "purple": (0.58, 0.18, 0.80),
    "orange": (0.98, 0.52, 0.08),
    "white": (0.95, 0.95, 0.95),
    "cyan": (0.15, 0.85, 0.88),
    "black": (0.05, 0.05, 0.05),
    "gray": (0.50, 0.50, 0.50),
    "brown": (0.42, 0.25, 0.12),
}

# The vocabulary of each attribute. "" comes first where a caption may leave the attribute out.
SIZES = ("", "small", "big")
COLOURS = ("red", "green", "blue", "yellow", "purple", "orange", "white", "cyan")
SHAPES = ("circle", "square", "triangle", "cross")
SPEEDS = ("", "slowly", "quickly")
DIRECTIONS = (
    "",
    "right",
    "down right",
    "down",
    "down left",
    "left",
    "up left",
    "up",
    "up right",
)  # clockwise in steps of 45 degrees, as the image's y axis points down
BACKGROUNDS = ("", "black", "gray", "white", "blue", "green", "red", "purple", "brown")

FIELD = 64.0  # units on the shorter side of a clip
REFERENCE_FRAMES = 9  # a clip of this many frames or more shows the whole travel
RADIUS = ((7.0, 15.0), (7.0, 9.0), (12.0, 15.0))  # units, by size
TRAVEL = ((10.0, 28.0), (10.0, 15.0), (20.0, 28.0))  # units in a whole clip, by speed
HELD_OUT_PERIOD = 16  # one in so many combinations is never trained on

T = TypeVar("T")


class Scene(NamedTuple, Generic[T]):
    """Indices into the vocabularies above: ints for one scene, tensors (n,) for n scenes."""

    size: T
    colour: T
    shape: T
    speed: T
    direction: T
    background: T


VOCABULARIES = Scene(SIZES, COLOURS, SHAPES, SPEEDS, DIRECTIONS, BACKGROUNDS)
CAPTION_COUNT = math.prod(len(words) for words in VOCABULARIES)


@dataclass(frozen=True)
class ClipSize:
    """Frames, height and width (pixels) of a clip."""

    frames: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.frames}x{self.height}x{self.width}"


class Clips(NamedTuple):
    """Drawn clips, values in [-1, 1], and how much each pixel belongs to the shape, in [0, 1]."""

    video: Float[Tensor, "n 3 t h w"]
    region: Float[Tensor, "n 1 t h w"]


# --- captions -----------------------------------------------------------------------------------


def caption(scene: Scene[int]) -> str:
    """The phrase for one scene. Speed is only said together with a direction."""
    noun = [SIZES[scene.size], COLOURS[scene.colour], SHAPES[scene.shape]]
    noun = [word for word in noun if word]
    words = ["an" if noun[0][0] in "aeiou" else "a", *noun]
    if scene.direction:
        words += ["moving", SPEEDS[scene.speed], DIRECTIONS[scene.direction]]
    if scene.background:
        words += ["on a", BACKGROUNDS[scene.background], "background"]
    return " ".join(word for word in words if word)


def _either(words: tuple[str, ...]) -> str:
    longest_first = sorted((word for word in words if word), key=len, reverse=True)
    return "|".join(longest_first)


_PHRASE = re.compile(
    rf"an? (?:(?P<size>{_either(SIZES)}) )?(?P<colour>{_either(COLOURS)}) "
    rf"(?P<shape>{_either(SHAPES)})"
    rf"(?: moving (?:(?P<speed>{_either(SPEEDS)}) )?(?P<direction>{_either(DIRECTIONS)}))?"
    rf"(?: on a (?P<background>{_either(BACKGROUNDS)}) background)?"
)


def parse(phrase: str) -> Scene[int]:
    """The scene a caption names; what it leaves out is 0. Refuses any other phrase."""
    found = _PHRASE.fullmatch(phrase)
    if found is None:
        raise ValueError(f"not a caption of this world: {phrase!r}")
    words = {name: word or "" for name, word in found.groupdict().items()}
    return Scene(**{name: getattr(VOCABULARIES, name).index(word) for name, word in words.items()})


def number(scene: Scene[Int[Tensor, " n"]]) -> Int[Tensor, " n"]:
    """The place of each scene in `every_scene()`."""
    place = torch.zeros_like(scene.colour)
    for index, words in zip(scene, VOCABULARIES, strict=True):
        place = place * len(words) + index
    return place


def every_scene() -> list[Scene[int]]:
    """All scenes a caption can name, `CAPTION_COUNT` of them, in the order of `number`."""
    ranges = (torch.arange(len(words)) for words in VOCABULARIES)
    return [Scene(*row) for row in torch.cartesian_prod(*ranges).tolist()]


# --- scenes -------------------------------------------------------------------------------------


def held_out(scene: Scene[Any]) -> Any:
    """Whether training never shows this (colour, shape, direction, background).

    A bool for a scene of ints, a tensor (n,) of bools for a scene of tensors.
    A lattice rule: each single attribute, and each pair, is still seen in training.
    """
    place = scene.colour + 3 * scene.shape + 5 * (scene.direction - 1) + 7 * (scene.background - 1)
    return place % HELD_OUT_PERIOD == 0


def training_scenes(n: int, generator: torch.Generator) -> Scene[Int[Tensor, " n"]]:
    """n random scenes, fully specified, none of them held out, no shape on its own colour."""
    device = generator.device

    def below(k: int) -> Tensor:
        return torch.randint(k, (n,), generator=generator, device=device)

    scene = Scene(
        size=below(len(SIZES)),
        colour=below(len(COLOURS)),
        shape=below(len(SHAPES)),
        speed=below(len(SPEEDS)),
        direction=1 + below(len(DIRECTIONS) - 1),
        background=1 + below(len(BACKGROUNDS) - 1),
    )
    clash = torch.tensor([BACKGROUNDS.index(c) if c in BACKGROUNDS else -1 for c in COLOURS])
    clash = clash.to(device)[scene.colour] == scene.background
    scene = scene._replace(
        background=torch.where(clash, _next(scene.background, 8), scene.background)
    )
    # The next direction is never held out too: it moves the residue by 5, or by 13 from the last.
    turned = torch.where(held_out(scene), _next(scene.direction, 8), scene.direction)
    return scene._replace(direction=turned)


def _next(index: Tensor, count: int) -> Tensor:
    """The following index in the cycle 1..count."""
    return index % count + 1


def held_out_scenes(n: int, seed: int) -> list[Scene[int]]:
    """n random scenes of held-out combinations, size and speed not said; repeats may occur."""
    generator = torch.Generator().manual_seed(seed)
    scenes: list[Scene[int]] = []
    while len(scenes) < n:
        draws = [int(torch.randint(k, (), generator=generator)) for k in (8, 4, 8, 8)]
        scene = Scene(0, draws[0], draws[1], 0, draws[2] + 1, draws[3] + 1)
        if held_out(scene) and COLOURS[scene.colour] != BACKGROUNDS[scene.background]:
            scenes.append(scene)
    return scenes


def stack(scenes: list[Scene[int]]) -> Scene[Int[Tensor, " n"]]:
    """One scene of tensors (n,) from n scenes of ints."""
    return Scene(*torch.tensor(scenes).unbind(1))


# --- clips --------------------------------------------------------------------------------------


def signed_distance(
    shape: Int[Tensor, "..."], dx: Tensor, dy: Tensor, radius: Tensor
) -> Float[Tensor, "..."]:
    """About how far (dx, dy) lies outside the shape at the origin; negative inside. Broadcasts."""
    ax, ay = dx.abs(), dy.abs()
    circle = (dx.square() + dy.square()).sqrt() - radius
    square = torch.maximum(ax, ay) - 0.88 * radius
    triangle = torch.maximum(dy, 0.866 * ax - 0.5 * dy) - 0.65 * radius  # apex up
    across = torch.maximum(ax - 1.1 * radius, ay - 0.38 * radius)
    along = torch.maximum(ay - 1.1 * radius, ax - 0.38 * radius)
    cross = torch.minimum(across, along)
    return torch.where(
        shape == 0,
        circle,
        torch.where(shape == 1, square, torch.where(shape == 2, triangle, cross)),
    )


def draw(
    scene: Scene[Int[Tensor, " n"]],
    size: ClipSize,
    generator: torch.Generator,
    free_colours: float = 0.0,
) -> Clips:
    """Draw one clip a scene, on the generator's device.

    `free_colours` is the share of clips whose two colours are arbitrary instead of the scene's:
    the autoencoder learns from them that colour and shape are independent.
    """
    device = generator.device
    n = len(scene.colour)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device)

    def between(limits: tuple[tuple[float, float], ...], index: Tensor) -> Tensor:
        low, high = torch.tensor(limits, device=device)[index].unbind(1)
        return low + (high - low) * uniform(n)

    def over_pixels(values: Tensor) -> Tensor:
        return values[:, None, None, None]  # (n) -> (n, t, h, w)

    pixels_per_unit = min(size.height, size.width) / FIELD
    field_x, field_y = size.width / pixels_per_unit, size.height / pixels_per_unit

    # Where the shape is: its path's middle is placed so that the whole path stays in view.
    radius = between(RADIUS, scene.size)
    travel = between(TRAVEL, scene.speed)
    travel = travel * (min(size.frames, REFERENCE_FRAMES) - 1) / (REFERENCE_FRAMES - 1)
    angle = (scene.direction - 1) * (math.pi / 4)
    travel_x, travel_y = torch.cos(angle) * travel, torch.sin(angle) * travel

    def middle(travelled: Tensor, field: float) -> Tensor:
        margin = (travelled.abs() / 2 + 1.1 * radius).clamp(max=field / 2)
        return margin + (field - 2 * margin) * uniform(n)

    middle_x, middle_y = middle(travel_x, field_x), middle(travel_y, field_y)
    time = torch.arange(size.frames, device=device) / max(size.frames - 1, 1) - 0.5
    time = time[None, :, None, None]
    centre_x = over_pixels(middle_x) + time * over_pixels(travel_x)
    centre_y = over_pixels(middle_y) + time * over_pixels(travel_y)

    # The silhouette, with an edge about one pixel soft.
    x = ((torch.arange(size.width, device=device) + 0.5) / pixels_per_unit)[None, None, None, :]
    y = ((torch.arange(size.height, device=device) + 0.5) / pixels_per_unit)[None, None, :, None]
    shape = over_pixels(scene.shape)
    distance = signed_distance(shape, x - centre_x, y - centre_y, over_pixels(radius))
    distance = distance * pixels_per_unit
    inside = torch.sigmoid(-2.2 * distance)[:, None]

    # Colours: the palette's, jittered, and a soft light gradient on the background.
    of_shape = torch.tensor([PALETTE[word] for word in COLOURS], device=device)
    of_ground = torch.tensor([PALETTE[word or "black"] for word in BACKGROUNDS], device=device)
    front, back = of_shape[scene.colour], of_ground[scene.background]
    if free_colours:
        free = uniform(n, 1) < free_colours
        front = torch.where(free, uniform(n, 3), front)
        back = torch.where(free, uniform(n, 3), back)
    front = front + 0.03 * normal(n, 3)
    back = back + 0.03 * normal(n, 3)
    strength, bearing = 0.10 * uniform(n), 2 * math.pi * uniform(n)
    slope_x = over_pixels(strength * torch.cos(bearing)) * (x / field_x - 0.5)
    slope_y = over_pixels(strength * torch.sin(bearing)) * (y / field_y - 0.5)
    light = (1 + slope_x + slope_y)[:, None]

    video = back[:, :, None, None, None] * light * (1 - inside)
    video = video + front[:, :, None, None, None] * inside
    region = torch.sigmoid(-1.5 * (distance - 2.5))[:, None]  # the shape and 2.5 pixels around it
    return Clips(video.clamp(0, 1) * 2 - 1, region)
