"""The campaign's picture (B3): checked and drawn anew when stored, so what is kept is ours.

The only module of campaigns that needs Pillow, from the layer `images`.
"""

import io
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageOps

from sluice.shared.errors import Invalid

MAX_BYTES = 3_000_000  # in base64 twice, as JSON and as a body, below the 6 MB of an invocation
MAX_PIXELS = 40_000_000  # of what is given: 160 MB as it is drawn
LEAST_SIDE = 320  # pixels; less is a blur on a phone
KEPT_SIDE = 2_480  # pixels of the longer side of what is stored: A4 at 300 dpi
FORMATS = ("PNG", "JPEG")  # SVG can carry scripts
MEDIA_TYPE = "image/jpeg"
QUALITY = 86
RESAMPLING = Image.Resampling.BICUBIC
COMPRESS_LEVEL = 4  # of a PNG: half the time of 6, a few percent larger


class Picture(NamedTuple):
    """A campaign's picture as it is kept: a JPEG of ours."""

    jpeg: bytes
    width: int
    height: int


def checked(given: bytes) -> Picture:
    """Return a JPEG of at most 2,480 pixels a side, upright, without what cameras write into it.

    Raises Invalid: no PNG or JPEG, too large, too small.
    """
    if len(given) > MAX_BYTES:
        raise _invalid(f"over {MAX_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(given), formats=FORMATS) as opened:
            _measured(*opened.size)
            opened.draft("RGB", (KEPT_SIDE, KEPT_SIDE))  # a JPEG is read at the size it is kept
            drawn = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise _invalid("not a PNG or JPEG that can be read") from None
    drawn.thumbnail((KEPT_SIDE, KEPT_SIDE))
    flat = Image.new("RGB", drawn.size, "white")
    flat.paste(drawn, mask=drawn.getchannel("A"))
    return Picture(_jpeg(flat), *flat.size)


def under(drawn: bytes, picture: Picture, places: Sequence[tuple[int, ...]]) -> bytes:
    """Return a drawn PNG with the picture under it where `places` (x, y, width, height) are."""
    above = Image.open(io.BytesIO(drawn)).convert("RGBA")
    canvas = Image.new("RGB", above.size, "white")
    for x, y, width, height in places:
        canvas.paste(_fitted(picture, (width, height)), (x, y))
    canvas.paste(above, mask=above.getchannel("A"))
    out = io.BytesIO()
    canvas.save(out, "PNG", compress_level=COMPRESS_LEVEL)
    return out.getvalue()


def cropped(picture: Picture, width: int, height: int) -> bytes:
    """Return the middle of the picture as a JPEG of so many pixels."""
    return _jpeg(_fitted(picture, (width, height)))


def as_jpeg(png: bytes) -> bytes:
    """Return a drawn PNG as a JPEG."""
    return _jpeg(Image.open(io.BytesIO(png)).convert("RGB"))


def _fitted(picture: Picture, area: tuple[int, int]) -> Image.Image:
    with Image.open(io.BytesIO(picture.jpeg)) as opened:
        opened.draft("RGB", _covering(opened.size, area))
        return ImageOps.fit(opened.convert("RGB"), area, RESAMPLING)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _covering(size: tuple[int, int], area: tuple[int, int]) -> tuple[int, int]:
    """Return the size that a picture has when it just covers an area."""
    factor = max(area[0] / size[0], area[1] / size[1])
    return round(size[0] * factor), round(size[1] * factor)


def _measured(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _invalid(f"over {MAX_PIXELS} pixels")
    if min(width, height) < LEAST_SIDE:
        raise _invalid(f"a side is below {LEAST_SIDE} pixels")


def _invalid(reason: str) -> Invalid:
    return Invalid(f"picture: {reason}.", [("picture", reason)])
