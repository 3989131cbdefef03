"""Images of many codes as one ZIP (A2, F7), with an index that says which is which."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from sluice.codes import qr
from sluice.codes.rules.symbols import Logo
from sluice.codes.tables import Code
from sluice.codes.views.codes import url_of
from sluice.shared.errors import Invalid

MAX_BYTES = 4_500_000  # API Gateway takes 6 MB, and bytes travel as base64
ENTRY_BYTES = 200  # of a file in the directory and the index, at most
MAX_PIXELS = 200_000_000  # of all PNGs together: what there is time to draw
INDEX = "codes.csv"


def zipped(
    codes: Sequence[Code], base_url: str, style: qr.Style, logo: Logo | None, moment: datetime
) -> bytes:
    """Return the ZIP; the same codes give the same bytes. Raises Invalid: it would be too large."""
    out, index = io.BytesIO(), io.StringIO()
    rows = csv.writer(index)
    rows.writerow(["code", "url", "file", "referrer_id", "campaign_id"])
    stamp = moment.timetuple()[:6]
    _check_pixels(codes, base_url, style, has_logo=logo is not None)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, code in enumerate(codes, start=1):
            url, name = url_of(code.code, base_url), f"{code.code}.{style.format}"
            archive.writestr(zipfile.ZipInfo(name, stamp), qr.image(url, style, logo))
            if out.tell() + ENTRY_BYTES * number > MAX_BYTES:
                raise _too_large(number)
            rows.writerow([code.code, url, name, code.referrer_id or "", code.campaign_id or ""])
        archive.writestr(zipfile.ZipInfo(INDEX, stamp), index.getvalue())
    return out.getvalue()


def _check_pixels(codes: Sequence[Code], base_url: str, style: qr.Style, *, has_logo: bool) -> None:
    """Check before drawing: codes of one length have images of one size."""
    if not codes:
        return
    of_one = qr.pixels(url_of(codes[0].code, base_url), style, has_logo=has_logo)
    if of_one * len(codes) > MAX_PIXELS:
        raise _too_large(MAX_PIXELS // of_one + 1)


def _too_large(number: int) -> Invalid:
    advice = f"take `limit` below {number}, or a smaller `scale`, or no logo"
    return Invalid(f"Too much for one answer: {advice}.", [("limit", advice)])
