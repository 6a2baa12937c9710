"""The conformance suite's rows of Wan."""

from __future__ import annotations

from subjects import PICTURE, Says, Subject, opened


def _says(
    pipeline: str,
    shift: int,
    needs_image: bool,
    experts: tuple[str, ...] = (),
    min_frames: int = 1,
    family: str = "",
) -> Says:
    return Says(
        family=family or ("wan_i2v" if needs_image else "wan"),
        pipeline=pipeline,
        height_multiple=16,
        width_multiple=16,
        frame_multiple=4,
        default_schedule=f"grid-shift:{shift},from=1,to=.001",
        embedded=False,
        true_cfg=True,
        needs_image=needs_image,
        experts=experts,
        min_frames=min_frames,
    )


TEXT = {"true_cfg_scale": 3.0, "negative_prompt": "blue"}
CALL = {"guidance_scale": 3.0, "negative_prompt": "blue"}
EXPERTS = ("transformer", "transformer_2")

WAN = (
    Subject(
        name="wan",
        model="random:tiny-wan",
        says=_says("WanPipeline", 5, needs_image=False),
        cell={"frames": 5, **TEXT},
        call=CALL,
        other_guidance={"true_cfg_scale": 1.0},
    ),
    Subject(
        name="wan-i2v",
        model="random:tiny-wan-i2v",
        says=_says("WanImageToVideoPipeline", 3, needs_image=True),
        cell={"frames": 5, "image": PICTURE, **TEXT},
        call={"image": opened(PICTURE), **CALL},
        other_guidance={"true_cfg_scale": 1.0},
    ),
    Subject(
        name="wan-2.2",
        model="random:tiny-wan-2.2",
        says=_says("WanPipeline", 12, needs_image=False, experts=EXPERTS),
        cell={"frames": 5, **TEXT},
        call=CALL,
        other_guidance={"true_cfg_scale": 1.0},
        # The experts change below σ = .875, which itself is still the first one's.
        sigmas=(1.0, 0.875, 0.8125, 0.125),
        experts=(EXPERTS[0], EXPERTS[0], EXPERTS[1], EXPERTS[1]),
    ),
    Subject(
        name="wan-2.2, ti2v",
        model="random:tiny-wan-2.2-ti2v",
        says=_says("WanImageToVideoPipeline", 5, needs_image=True, min_frames=5),
        cell={"frames": 9, "image": PICTURE, **TEXT},
        call={"image": opened(PICTURE), **CALL},
        other_guidance={"true_cfg_scale": 1.0},
        # The solver steps the picture's frame too, which nothing sees.
        of_the_clip=lambda latents: latents[:, :, 1:],
    ),
    Subject(
        name="wan-vace",
        model="random:tiny-wan-vace",
        says=_says("WanVACEPipeline", 3, needs_image=False, family="wan_vace"),
        cell={"frames": 5, **TEXT},
        call=CALL,
        other_guidance={"true_cfg_scale": 1.0},
    ),
)
