"""GET /organizations/{organization_id}/code-batches/{batch_id}/images: QR images as a ZIP (A2, F7).

A file for each code, named after it, and `codes.csv` with code, address, file, referrer and
campaign. From the code number `first` on, `limit` of them; what would not fit into an answer is
refused with what to make smaller. Reads the batch, its codes (100 at a time), with a logo that too.
Refuses: no-such-batch.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes import qr, sheets
from sluice.codes.refusals import NoSuchBatch
from sluice.codes.store import batches, logos
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


class ImagesWanted(http.Body):
    """Which codes, and how the images should be."""

    first: Annotated[int, Meta(ge=1, le=batches.MAX_CODES)] = 1
    limit: Annotated[int, Meta(ge=1, le=batches.MAX_CODES)] = batches.MAX_CODES
    format: qr.Format = "png"
    scale: Annotated[int, Meta(ge=1, le=40)] = 8  # pixels of a module
    size: Annotated[int, Meta(ge=21, le=2_000)] | None = None  # pixels at most, instead of a scale
    border: Annotated[int, Meta(ge=0, le=20)] = 4  # modules around it: the standard asks for 4
    error: qr.ErrorLevel = "M"
    logo: bool = False  # the organisation's, in the middle; the error level is then H


@http.operation(
    staff("GET /organizations/{organization_id}/code-batches/{batch_id}/images", rules.OPERATOR),
    query=ImagesWanted,
    answers={200: "application/zip"},
    refusals=(NoSuchBatch,),
)
def handler(call: http.Call[http.NoBody, ImagesWanted]) -> http.Answer:
    """Draw the codes of the batch in the path."""
    wanted = call.query
    batch = batches.read_batch(call.organization_id, call.path["batch_id"])
    logo = logos.read_logo(call.organization_id) if wanted.logo else None
    style = qr.Style(wanted.format, wanted.scale, wanted.border, wanted.error, wanted.size or 0)
    codes = batches.read_codes(batch, wanted.first - 1, wanted.limit)
    archive = sheets.zipped(codes, call.request.base_url, style, logo, batch.created_at)
    named = f'attachment; filename="codes-{batch.batch_id}.zip"'
    return http.Answer(200, archive, "application/zip", {"Content-Disposition": named})
