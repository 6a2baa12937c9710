"""The architectures that can be trained, by name."""

from .architecture import Architecture
from .hunyuan_video import HUNYUAN_VIDEO
from .wan import WAN

ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture for architecture in (HUNYUAN_VIDEO, WAN)
}
