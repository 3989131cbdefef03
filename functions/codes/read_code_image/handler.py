"""GET /codes/{code}/image: the code as a QR image, SVG or PNG (A2).

The image never changes and may be kept for ever. One read.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.codes import qr
from sluice.codes.refusals import CodeGone
from sluice.codes.store import issued
from sluice.shared import http


class ImageWanted(http.Body):
    """How the image should be."""

    format: qr.Format = "svg"
    scale: Annotated[int, Meta(ge=1, le=40)] = 8  # pixels of a module
    border: Annotated[int, Meta(ge=0, le=20)] = 4  # modules around it: the standard asks for 4
    error: Literal["L", "M", "Q", "H"] = "M"


@http.operation(
    http.anyone("GET /codes/{code}/image"),
    query=ImageWanted,
    answers={200: ("image/svg+xml", "image/png")},
    refusals=(CodeGone,),
)
def handler(call: http.Call[http.NoBody, ImageWanted]) -> http.Answer:
    """Draw the image of the code in the path."""
    code = issued.read_code(call.path["code"], call.now)
    wanted = call.query
    url = f"{call.request.base_url}/s/{code.code}"
    image = qr.image(url, wanted.format, wanted.scale, wanted.border, wanted.error)
    return http.Answer(
        200,
        image,
        qr.CONTENT_TYPES[wanted.format],
        {"Cache-Control": "public, max-age=31536000, immutable"},
    )
