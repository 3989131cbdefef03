"""GET /codes/{code}/image: the code as a QR image, SVG or PNG (A2).

At GET /t/{code}/image the image of a promoter's link (D4). Without a logo it never changes and may
be kept for ever; with the organisation's logo for an hour. One read; with a logo two. Refuses:
not-found, code-gone.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes import qr
from sluice.codes.refusals import CodeGone
from sluice.codes.store import issued, logos
from sluice.promoters.store import links
from sluice.shared import http
from sluice.shared.errors import NotFound

LOGO_SECONDS = 3600


class ImageWanted(http.Body):
    """How the image should be."""

    format: qr.Format = "svg"
    scale: Annotated[int, Meta(ge=1, le=40)] = 8  # pixels of a module
    size: Annotated[int, Meta(ge=21, le=2_000)] | None = None  # pixels at most, instead of a scale
    border: Annotated[int, Meta(ge=0, le=20)] = 4  # modules around it: the standard asks for 4
    error: qr.ErrorLevel = "M"
    logo: bool = False  # the organisation's, in the middle; the error level is then H


@http.operation(
    http.anyone("GET /codes/{code}/image"),
    http.anyone("GET /t/{code}/image"),
    query=ImageWanted,
    answers={200: ("image/svg+xml", "image/png")},
    refusals=(NotFound, CodeGone),
)
def handler(call: http.Call[http.NoBody, ImageWanted]) -> http.Answer:
    """Draw the image of the code in the path."""
    organization_id, path = _place(call)
    wanted = call.query
    logo = logos.read_logo(organization_id) if wanted.logo else None
    style = qr.Style(wanted.format, wanted.scale, wanted.border, wanted.error, wanted.size or 0)
    image = qr.image(f"{call.request.base_url}/{path}", style, logo)
    kept = f"max-age={LOGO_SECONDS}" if logo else "max-age=31536000, immutable"
    headers = {"Cache-Control": f"public, {kept}"}
    return http.Answer(200, image, qr.CONTENT_TYPES[wanted.format], headers)


def _place(call: http.Call[http.NoBody, ImageWanted]) -> tuple[str, str]:
    """Return whose a code is, and where it leads under our address."""
    code = call.path["code"]
    if call.request.event["resource"].startswith("/t/"):
        return links.load(code).organization_id, f"t/{code}"
    return issued.read_code(code, call.now).organization_id, f"s/{code}"
