"""Recipients as lines of CSV (F7): one column for each address that people import."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sluice.push.recipient_views import RecipientBody, person_of
from sluice.push.rules.courtesy import SHEET_ADDRESSES, Person
from sluice.shared import imports, sheets
from sluice.shared.errors import Invalid

COLUMNS = ("user_id", *SHEET_ADDRESSES, "addresses", "time_zone", "locale", "tags", "consents")
REQUIRED = ("user_id",)


def parse(cells: Mapping[str, str], now: datetime) -> Person:
    """Return what a line says of a recipient. Raises Invalid, naming the column.

    `addresses` (others than those with a column) and `consents` are JSON, `tags` parted by `;`.
    """
    given: dict[str, Any] = {name: cells[name] for name in ("time_zone", "locale") if name in cells}
    addresses = _object(cells, "addresses") if "addresses" in cells else {}
    given["addresses"] = addresses | {
        name: cells[name] for name in SHEET_ADDRESSES if name in cells
    }
    if "consents" in cells:
        given["consents"] = _object(cells, "consents")
    if "tags" in cells:
        given["tags"] = [tag.strip() for tag in cells["tags"].split(";") if tag.strip()]
    try:
        return person_of(imports.converted(given, RecipientBody), now)
    except Invalid as invalid:
        fields = [(_column(name, cells), reason) for name, reason in invalid.fields]
        raise Invalid(str(invalid), fields) from None


def _object(cells: Mapping[str, str], name: str) -> dict[str, Any]:
    found = sheets.json_in(cells[name], name)
    if not isinstance(found, dict):
        raise Invalid(f"{name} is no JSON object.", [(name, "no JSON object")])
    return found


def _column(field: str, cells: Mapping[str, str]) -> str:
    name, *inner = re.split(r"[.\[]", field)
    return inner[0] if name == "addresses" and inner and inner[0] in cells else name
