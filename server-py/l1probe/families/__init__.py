"""The registry of model families: one adapter file and one line here."""

from __future__ import annotations

from l1probe.families.cell import Cell, Start
from l1probe.families.cogvideox import COGVIDEOX
from l1probe.families.family import Family, UnsupportedPipeline
from l1probe.families.flux import FLUX
from l1probe.families.flux2 import FLUX2
from l1probe.families.framepack import FRAMEPACK
from l1probe.families.hunyuan_video import HUNYUAN_VIDEO
from l1probe.families.hunyuan_video_15 import HUNYUAN_VIDEO_15
from l1probe.families.hunyuan_video_i2v import HUNYUAN_VIDEO_I2V
from l1probe.families.latte import LATTE
from l1probe.families.ltx import LTX
from l1probe.families.mochi import MOCHI
from l1probe.families.qwen_image import QWEN_IMAGE
from l1probe.families.sd3 import SD3
from l1probe.families.skyreels_i2v import SKYREELS_I2V
from l1probe.families.unsupported import UNSUPPORTED
from l1probe.families.wan import WAN
from l1probe.families.wan_i2v import WAN_I2V
from l1probe.families.wan_vace import WAN_VACE
from l1probe.families.z_image import Z_IMAGE

FAMILIES: tuple[Family, ...] = (
    HUNYUAN_VIDEO,
    HUNYUAN_VIDEO_I2V,
    FRAMEPACK,
    SKYREELS_I2V,
    HUNYUAN_VIDEO_15,
    WAN,
    WAN_I2V,
    WAN_VACE,
    SD3,
    FLUX,
    FLUX2,
    LTX,
    MOCHI,
    COGVIDEOX,
    LATTE,
    QWEN_IMAGE,
    Z_IMAGE,
)


def family_of(pipeline_class: str) -> Family:
    """The adapter of a diffusers pipeline class.

    Raises:
        UnsupportedPipeline: no adapter names the class; the message says why if it is known, and
            lists those that exist.
    """
    for family in FAMILIES:
        if pipeline_class in family.pipeline_classes:
            return family
    known = ", ".join(sorted(name for family in FAMILIES for name in family.pipeline_classes))
    if pipeline_class in UNSUPPORTED:
        why = f"{pipeline_class} is not supported: {UNSUPPORTED[pipeline_class]}"
    else:
        why = f"no adapter for the pipeline class {pipeline_class}"
    raise UnsupportedPipeline(f"{why}; the families known here run {known}")


__all__ = ["FAMILIES", "Cell", "Family", "Start", "UnsupportedPipeline", "family_of"]
