"""Cursors of lists: opaque to callers, and the same for every list (F3)."""

import base64
import binascii
import re

from sluice.shared.errors import Invalid


def cursor_of(place: str) -> str:
    """Return the cursor of the page that begins at a place, such as a transfer's id."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_in(cursor: str, pattern: str) -> str:
    """Return the place in a cursor. Raises Invalid: it is none of this list's."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        place = ""
    if not re.fullmatch(pattern, place):
        raise Invalid("Not a cursor of this list.", [("cursor", "unknown")])
    return place
