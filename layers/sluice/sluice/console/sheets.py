"""Lists that go out and come back as CSV (F7)."""

from typing import Any

from sluice.console.pages import Sent, Visit
from sluice.shared import errors

MEDIA_TYPE = "text/csv"
_ROWS = 500  # of a call of the API


def export(visit: Visit, name: str) -> Sent:
    """Return all of a list as a sheet that its import takes back: a call for each 500 rows."""
    return Sent(
        visit.api.get_sheet(name, rows=_ROWS), f"{MEDIA_TYPE}; charset=utf-8", f"{name}.csv"
    )


def take(visit: Visit, name: str) -> Any:
    """Import the sheet of a form; return what became of its lines. Raises Invalid: no file."""
    file = visit.form.file("sheet")
    if file is None:
        raise errors.Invalid("Choose a file.", [("sheet", "no file")])
    return visit.api.send_file("POST", name, content=file.content, content_type=MEDIA_TYPE)
