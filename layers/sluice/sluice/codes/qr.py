"""The image of a code (A2): its short URL as a QR code, SVG or PNG."""

import io
from typing import Literal

import segno

Format = Literal["svg", "png"]
ErrorLevel = Literal["L", "M", "Q", "H"]
CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def image(url: str, kind: Format, scale: int, border: int, error: ErrorLevel) -> bytes:
    """Return the image; `scale` is pixels (PNG) or units (SVG) for a module, `border` modules."""
    made = segno.make(url, error=error, micro=False)
    out = io.BytesIO()
    if kind == "svg":
        made.save(out, kind="svg", scale=scale, border=border, title="QR code")
    else:
        made.save(out, kind="png", scale=scale, border=border)
    return out.getvalue()
