"""CSV that people open in spreadsheets (F7): RFC 4180, UTF-8, and no text that is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import msgspec

MEDIA_TYPE = "text/csv"
NEXT_CURSOR = "X-Next-Cursor"  # the header of a page that has a next one
# What a spreadsheet may take for a formula, and what already has the mark that it is none.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n]")

type Cell = str | int | float | bool | dict[str, object] | list[object] | None


def render(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a header and a line for each row, ended by CR LF.

    Nothing is an empty cell, a number is itself, an object or a list is JSON. Text that begins
    like a formula gets an apostrophe, which `plain` takes off again.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    return msgspec.json.encode(value).decode()


def plain(cell: str) -> str:
    """Return the text that `render` made this cell of."""
    return cell[1:] if _MARKED.match(cell) else cell
