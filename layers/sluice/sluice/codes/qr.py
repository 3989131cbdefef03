"""The image of a code (A2): its short URL as a QR code, SVG or PNG."""

import base64
import io
from typing import Literal, NamedTuple

import segno

from sluice.codes.rules.symbols import Logo, Place, fit, place_of
from sluice.shared.errors import Invalid

Format = Literal["svg", "png"]
ErrorLevel = Literal["L", "M", "Q", "H"]
CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


class Style(NamedTuple):
    """How an image should be; `size` in pixels, or 0, decides over `scale`."""

    format: Format = "svg"
    scale: int = 8  # pixels (PNG) or units (SVG) of a module
    border: int = 4  # modules around it: the standard asks for 4
    error: ErrorLevel = "M"
    size: int = 0


def image(url: str, style: Style, logo: Logo | None = None) -> bytes:
    """Return the image; with a logo its error level is H.

    Raises Invalid: `size` is below one pixel a module.
    """
    made = segno.make(url, error="H" if logo else style.error, micro=False)
    modules = _modules(made)
    scale = _scale(style, modules)
    out = io.BytesIO()
    if style.format == "png":
        made.save(out, kind="png", scale=scale, border=style.border)
    else:
        made.save(out, kind="svg", scale=scale, border=style.border, title="QR code")
    drawn = out.getvalue()
    if logo is None:
        return drawn
    place = place_of(modules, scale, style.border)
    if style.format == "svg":
        return _in_svg(drawn, logo, place)
    from sluice.codes import logos  # noqa: PLC0415 - Pillow costs a start 100 ms, few need it

    return logos.in_png(drawn, logo, place)


def pixels(url: str, style: Style, *, has_logo: bool) -> int:
    """Return how many pixels a PNG has; an SVG has none."""
    if style.format == "svg":
        return 0
    made = segno.make(url, error="H" if has_logo else style.error, micro=False)
    modules = _modules(made)
    return (_scale(style, modules) * (modules + 2 * style.border)) ** 2


def _modules(made: segno.QRCode) -> int:
    return int(made.symbol_size(border=0)[0])


def _scale(style: Style, modules: int) -> int:
    if not style.size:
        return style.scale
    scale = style.size // (modules + 2 * style.border)
    if scale < 1:
        least = modules + 2 * style.border
        raise Invalid(f"size: this code needs {least} pixels.", [("size", f"below {least}")])
    return scale


def _in_svg(drawn: bytes, logo: Logo, place: Place) -> bytes:
    left, top, width, height = (f"{each:g}" for each in fit(logo, place))
    start, side = place.start, place.width
    added = (
        f'<rect x="{start}" y="{start}" width="{side}" height="{side}" fill="#fff"/>'
        f'<image x="{left}" y="{top}" width="{width}" height="{height}" '
        f'href="data:image/png;base64,{base64.b64encode(logo.png).decode()}"/></svg>'
    )
    head, _, tail = drawn.rpartition(b"</svg>")
    return head + added.encode() + tail
