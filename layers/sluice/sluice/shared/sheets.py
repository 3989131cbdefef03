"""CSV that people open in spreadsheets (F7): RFC 4180, UTF-8, and no text that is a formula."""

import csv
import functools
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from sluice.shared import errors

MEDIA_TYPE = "text/csv"
BYTE_ORDER_MARK = "\ufeff"
MAX_LINES = 500  # of one file, beside its header
MAX_TOLD = 20  # columns at fault
NEXT_CURSOR = "X-Next-Cursor"  # the header of a page that has a next one
# What a spreadsheet may take for a formula, and what already has the mark that it is none; the
# full-width signs are what an East Asian keyboard gives, and some spreadsheets take them for plain.
_BEGINS = r"[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001
_FORMULA = re.compile(rf"'*{_BEGINS}")
_MARKED = re.compile(rf"'+{_BEGINS}")

_SINGLE = (
    inspect.StrType,
    inspect.IntType,
    inspect.FloatType,
    inspect.BoolType,
    inspect.LiteralType,
    inspect.NoneType,
)

type Cell = str | int | float | bool | Decimal | dict[str, object] | list[object] | None


def render(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a header and a line for each row, ended by CR LF, after a byte order mark.

    Without the mark spreadsheets take UTF-8 for something else. Nothing is an empty cell, a number
    is itself, an object or a list is JSON. Text that begins like a formula gets an apostrophe,
    which `plain` takes off again.
    """
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return msgspec.json.encode(value).decode()


def plain(cell: str) -> str:
    """Return the text that `render` made this cell of."""
    return cell[1:] if _MARKED.match(cell) else cell


class Line(NamedTuple):
    """A line of a sheet: where it begins in the file (the header is 1), and its cells."""

    number: int
    cells: dict[str, str]  # as they are to be understood; empty ones left out
    wrong: str = ""  # why it is none


def read(data: bytes, columns: Sequence[str], required: Collection[str]) -> list[Line]:
    """Return the lines of a CSV file; the header names columns in any order.

    A byte order mark and empty lines are passed over. Raises Invalid for what makes the file none:
    its encoding, its header, its quotes, or more than 500 lines.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.Invalid("The file is not UTF-8.", [("body", "not UTF-8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header(header, columns, required)
        return list(_lines(reader, header))
    except csv.Error as error:
        wrong = f"line {reader.line_num}: {error}"
        raise errors.Invalid(f"The file is not CSV: {wrong}.", [("body", wrong)]) from None


def left_out(data: bytes, columns: Sequence[str]) -> frozenset[str]:
    """Return the columns that a file has not: what they would hold stays as it is stored.

    Whether the file is one at all `read` tells.
    """
    text = data.decode("utf-8-sig", errors="replace")
    try:
        header = next(csv.reader(io.StringIO(text, newline="")), [])
    except csv.Error:
        header = []
    return frozenset(columns) - {*header}


def _check_header(header: list[str], columns: Sequence[str], required: Collection[str]) -> None:
    wrong = [f"unknown column {name[:64]!r}" for name in header if name not in columns]
    wrong += [f"no column {name!r}" for name in columns if name in {*required} - {*header}]
    wrong += [f"column {name!r} twice" for name in columns if header.count(name) > 1]
    if wrong:
        told = ", ".join(wrong[:MAX_TOLD])
        raise errors.Invalid(f"The header is wrong: {told}.", [("header", told)])


def _lines(reader: Any, header: list[str]) -> Iterator[Line]:
    begins, count = reader.line_num + 1, 0
    for cells in reader:
        if cells:
            count += 1
            if count > MAX_LINES:
                raise errors.Invalid(
                    f"The file has over {MAX_LINES} lines.", [("body", "too many lines")]
                )
            wrong = "" if len(cells) == len(header) else f"{len(cells)} cells, not {len(header)}"
            pairs = zip(header, cells, strict=False)
            yield Line(begins, {name: plain(cell) for name, cell in pairs if cell}, wrong)
        begins = reader.line_num + 1


def json_in(cell: str, field: str) -> Any:
    """Return what a cell of JSON says. Raises Invalid, naming the field."""
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError) as error:
        raise errors.Invalid(f"{field} is not JSON.", [(field, f"not JSON: {error}")]) from None


@functools.cache
def json_fields(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields of a struct that a cell holds as JSON: those that are no single value."""
    fields = msgspec.structs.fields(kind)
    single = {field.name for field in fields if _is_single(inspect.type_info(field.type))}
    return frozenset(kind.__struct_fields__) - single


def _is_single(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_single(kind.type)
    if isinstance(kind, inspect.UnionType):
        return all(_is_single(each) for each in kind.types)
    return isinstance(kind, _SINGLE)
