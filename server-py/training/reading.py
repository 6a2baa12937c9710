"""Reads from a clip what it shows: the inverse of drawing, by measurement and not by a network."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from .world import BACKGROUNDS, COLOURS, FIELD, PALETTE, SHAPES, Scene, signed_distance

Clip = Float[Tensor, "t 3 h w"]  # values in [0, 1]

LEAST_CONTRAST = 0.2  # RGB distance under which nothing stands out from the background
LEAST_AREA = 4.0  # square units under which nothing was found
LEAST_TRAVEL = 3.0  # units under which nothing moved
FRAMES_FOR_SHAPE = 5
RADII = (4.0, 18.0, 29)  # smallest and largest in units, and how many are tried


class Reading(NamedTuple):
    """Indices into the world's vocabularies; direction 0 where nothing moves."""

    found: bool
    colour: int
    shape: int
    direction: int
    background: int
    travel: float  # units between the first and the last frame
    overlap: float  # of the silhouette with the best fitting shape, intersection over union
    colour_error: float  # RGB distance to the palette's colour

    def agrees(self, scene: Scene[int], still: bool) -> dict[str, bool]:
        """Which attributes are right. A still picture cannot be wrong about its direction."""
        return {
            "colour": self.found and self.colour == scene.colour,
            "shape": self.found and self.shape == scene.shape,
            "direction": self.found and (still or self.direction == scene.direction),
            "background": self.background == scene.background,
        }


def read(clip: Clip) -> Reading:
    """Read one clip, taking the median of the border for the background."""
    clip = clip.float().cpu()
    frames, _, height, width = clip.shape
    units_per_pixel = FIELD / min(height, width)

    border = [clip[:, :, 0], clip[:, :, -1], clip[:, :, :, 0], clip[:, :, :, -1]]
    ground = torch.cat(border, dim=2).median(dim=2).values  # t 3
    contrast = (clip - ground[:, :, None, None]).norm(dim=1)  # t h w
    top = contrast.flatten(1).quantile(0.995, dim=1).clamp_min(LEAST_CONTRAST)[:, None, None]
    silhouette = (contrast > 0.5 * top).float()
    core = (contrast > 0.8 * top).float()
    background = 1 + _nearest(ground.mean(dim=0), BACKGROUNDS[1:])[0]

    area = silhouette.sum(dim=(1, 2))
    if area.min() * units_per_pixel**2 < LEAST_AREA:
        return Reading(False, 0, 0, 0, background, 0.0, 0.0, 1.0)

    shade = (clip * core[:, None]).sum(dim=(0, 2, 3)) / core.sum().clamp_min(1)
    colour, colour_error = _nearest(shade, COLOURS)

    x = (torch.arange(width) + 0.5) * units_per_pixel
    y = (torch.arange(height) + 0.5) * units_per_pixel
    centre_x = (silhouette.sum(dim=1) * x).sum(dim=1) / area
    centre_y = (silhouette.sum(dim=2) * y).sum(dim=1) / area

    move_x, move_y = (float(c[-1] - c[0]) for c in (centre_x, centre_y))
    travel = math.hypot(move_x, move_y)
    direction = 0
    if travel >= LEAST_TRAVEL:
        direction = round(math.atan2(move_y, move_x) / (math.pi / 4)) % 8 + 1

    looked_at = torch.linspace(0, frames - 1, min(frames, FRAMES_FOR_SHAPE)).round().long()
    overlaps = torch.stack(
        [_overlaps(silhouette[k], x - centre_x[k], y - centre_y[k]) for k in looked_at]
    )
    best_radius = overlaps.mean(dim=0).max(dim=1).values  # one radius for all frames
    overlap, shape = best_radius.max(dim=0)
    return Reading(
        True, colour, int(shape), direction, background, travel, float(overlap), colour_error
    )


def _nearest(colour: Float[Tensor, " 3"], names: tuple[str, ...]) -> tuple[int, float]:
    """The nearest named colour's index and its RGB distance."""
    distances = (torch.tensor([PALETTE[name] for name in names]) - colour).norm(dim=1)
    return int(distances.argmin()), float(distances.min())


def _overlaps(
    silhouette: Float[Tensor, "h w"], dx: Float[Tensor, " w"], dy: Float[Tensor, " h"]
) -> Float[Tensor, "shapes radii"]:
    """Intersection over union with every shape at every radius, placed at the centroid."""
    distance = signed_distance(
        torch.arange(len(SHAPES))[:, None, None, None],
        dx[None, None, None, :],
        dy[None, None, :, None],
        torch.linspace(*RADII)[None, :, None, None],
    )
    template = (distance < 0).float()
    both = (template * silhouette).sum(dim=(2, 3))
    either = torch.maximum(template, silhouette).sum(dim=(2, 3))
    return both / either
