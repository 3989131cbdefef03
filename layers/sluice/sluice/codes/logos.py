"""Logos in the middle of codes (A2): checked and drawn anew when stored, so what is kept is ours.

The only module that needs Pillow, from the layer `images`.
"""

import io

from PIL import Image, ImageOps

from sluice.codes.rules.symbols import Logo, Place, fit
from sluice.shared.errors import Invalid

MAX_BYTES = 45_000  # in base64 below the limit of a body
MAX_SIDE = 4_096  # pixels of what is given
KEPT_SIDE = 256  # pixels of what is stored: in a code of 1,800 a logo has 360
FORMATS = ("PNG", "JPEG")  # SVG can carry scripts
COLOURS = 126  # of a logo in a PNG, beside black and white
_BLACK_AND_WHITE = [0, 0, 0, 255, 255, 255]


def checked(given: bytes) -> Logo:
    """Return a PNG of at most 256 pixels a side. Raises Invalid: no PNG or JPEG, or too large."""
    if len(given) > MAX_BYTES:
        raise Invalid("The logo is not taken.", [("image", f"over {MAX_BYTES} bytes")])
    try:
        with Image.open(io.BytesIO(given), formats=FORMATS) as opened:
            if max(opened.size) > MAX_SIDE:
                raise Invalid(
                    "The logo is not taken.", [("image", f"over {MAX_SIDE} pixels a side")]
                )
            drawn = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Invalid(
            "The logo is not taken.", [("image", "not a PNG or JPEG that can be read")]
        ) from None
    drawn.thumbnail((KEPT_SIDE, KEPT_SIDE))
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return Logo(out.getvalue(), *drawn.size)


def in_png(drawn: bytes, logo: Logo, place: Place) -> bytes:
    """Return a code's PNG with the logo in its place.

    A palette of black, white and the logo's colours keeps it small.
    """
    canvas = Image.open(io.BytesIO(drawn)).convert("L").point([0] * 128 + [1] * 128)
    end = place.start + place.width
    canvas.paste(1, (place.start, place.start, end, end))
    left, top, width, height = (round(each) for each in fit(logo, place))
    small = Image.open(io.BytesIO(logo.png)).resize((max(1, width), max(1, height)))
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    reduced = flat.quantize(COLOURS)
    indexes = Image.frombytes("L", reduced.size, reduced.tobytes()).point(
        [min(255, colour + 2) for colour in range(256)]
    )
    canvas.paste(indexes, (left, top))
    image = Image.frombytes("P", canvas.size, canvas.tobytes())
    image.putpalette([*_BLACK_AND_WHITE, *(reduced.getpalette() or [])])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
