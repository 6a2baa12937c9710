"""A picture is read exactly, or refused with one kind of error whatever its bytes are."""

from __future__ import annotations

import io
import struct
import zlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from l1probe.serving.images import UnfitPicture, frames_of, picture_size, read_image

GRADIENT = Image.merge("RGB", [Image.linear_gradient("L").resize((12, 8))] * 3)


def encoded(image: Image.Image, form: str = "PNG", **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **settings)
    return buffer.getvalue()


FORMS = {
    "PNG": encoded(GRADIENT),
    "WebP": encoded(GRADIENT, "WEBP", lossless=True),
    "grey PNG": encoded(GRADIENT.convert("L")),
    "PNG of a palette": encoded(GRADIENT.quantize(256)),
    "PNG with an opaque alpha": encoded(GRADIENT.convert("RGBA")),
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS)
def test_lossless_pictures_come_through_as_they_are(data):
    image = read_image(data)
    assert (image.mode, image.size, picture_size(data)) == ("RGB", (12, 8), (12, 8))
    assert image.tobytes() == GRADIENT.tobytes()


def test_a_jpeg_is_as_pillow_decodes_it():
    data = encoded(GRADIENT, "JPEG")
    assert read_image(data).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def of_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG as its standard puts one together."""
    body = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


HEADER = (b"IHDR", struct.pack(">2I5B", 12, 8, 8, 2, 0, 0, 0))
ROWS = zlib.compress(bytes(8 * 37))
WIDE = Image.new("I;16", (4, 4), 40_000)
UNFIT = {
    "nothing": (b"", "are no picture"),
    "text": (b"a red circle", "are no picture"),
    "another format": (encoded(GRADIENT, "GIF"), "are no picture"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 12 8\n", "are no picture"),
    "half a picture": (FORMS["PNG"][: len(FORMS["PNG"]) // 2], "are a broken picture"),
    "a chunk of no kind": (
        of_chunks(HEADER, (b"IDAT", ROWS[:5]), (b"\xa2x||", ROWS[5:])),
        "are a broken picture",
    ),
    "more pixels than fit": (encoded(Image.new("1", (14_000, 14_000))), "are no picture"),
    "16 bits": (encoded(WIDE), "have more than 8 bits per colour"),
    "a hole": (encoded(Image.new("RGBA", (4, 4), (9, 9, 9, 0))), "are a picture with transparency"),
}


@pytest.mark.parametrize(("data", "why"), UNFIT.values(), ids=UNFIT)
def test_an_unsuitable_picture_is_refused_with_the_reason(data, why):
    with pytest.raises(UnfitPicture) as refusal:
        read_image(data)
    assert str(refusal.value) == why


ORIGINALS = [FORMS["PNG"], FORMS["WebP"], encoded(GRADIENT, "JPEG")]


@given(
    st.sampled_from(ORIGINALS),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=5),
    st.floats(0, 1),
)
def test_any_bytes_give_a_picture_or_one_kind_of_error(data, changes, kept):
    broken = bytearray(data)
    for place, value in changes:
        broken[place % len(broken)] = value
    try:
        image = read_image(bytes(broken[: round(kept * len(broken))]))
    except UnfitPicture:
        return
    assert image.mode == "RGB"


def test_the_pictures_of_clips_and_of_images_are_those_of_one_sample():
    pictures = [Image.new("RGB", (2, 2)) for _ in range(3)]
    assert frames_of(SimpleNamespace(frames=[pictures])) == pictures
    assert frames_of(SimpleNamespace(images=pictures)) == pictures[:1]
