"""Imports of people (C1, C3): what a line of a list says, and what may become of an import."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from sluice.invitations.rules.identity import KIND, MAX_IDENTITIES, Identity
from sluice.invitations.rules.lists import ATTRIBUTE, MAX_ATTRIBUTES, MAX_TEXT, REFERENCE, Value
from sluice.shared import slices

IMPORT_ID = r"[0-9a-z]{26}"
MAX_BYTES = 500_000_000
MAX_LINE_BYTES = 4096
PIECE_BYTES = 262_144  # read at once
PIECE_LINES = 10_000
MAX_LISTED = 10_000  # lines in the file of rejects; all are counted
ADD, REMOVE = "add", "remove"
AT, _REFERENCE, _ATTRIBUTE = "at", "reference", "attribute."
_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")


class Status(StrEnum):
    """What an import is."""

    UPLOADING = "uploading"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it may be set going again, and goes on where it was
    CANCELLED = "cancelled"


STOPPED = "its worker stopped; set running, it goes on where it was"

REACHED_FROM: Mapping[Status, frozenset[str]] = {
    Status.RUNNING: frozenset({Status.UPLOADING, Status.FAILED}),
    Status.CANCELLED: frozenset({Status.UPLOADING, Status.RUNNING, Status.FAILED}),
}


def status_of(status: str, moved_at: datetime | None, now: datetime) -> Status:
    """Return what an import is: one whose worker is not heard of has failed."""
    return Status.FAILED if slices.has_stopped(status, moved_at, now) else Status(status)


class ListError(Exception):
    """The list cannot be read on. The text says why, without what stands in it."""


class LineError(ValueError):
    """A line says nothing of a person. The text says why, without what stands in it."""


@dataclass(frozen=True)
class Row:
    """What a line says of a person."""

    line: int
    identities: tuple[Identity, ...]
    attributes: Mapping[str, Value] = field(default_factory=dict)
    at: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Reject:
    """A line that was not taken. It names no person."""

    line: int
    reason: str


@dataclass(frozen=True)
class Piece:
    """A part of a list: what it says, what was not taken, and how far it was read."""

    rows: Sequence[Row]
    rejects: Sequence[Reject]
    read_bytes: int
    lines: int


def header_of(data: bytes) -> list[str]:
    """Return the columns of a list from its beginning. Raises ListError."""
    line, _, _ = data.removeprefix(_MARK).partition(b"\n")
    try:
        columns = _cells(line)
    except (ValueError, csv.Error):
        raise ListError("its first line names no columns") from None
    kinds = [name for name in columns if re.fullmatch(KIND, name)]
    described = [name for name in columns if name.startswith(_ATTRIBUTE)]
    known = {*kinds, AT, _REFERENCE}
    known |= {name for name in described if re.fullmatch(ATTRIBUTE, name.removeprefix(_ATTRIBUTE))}
    if not 1 <= len(kinds) <= MAX_IDENTITIES:
        raise ListError(f"its first line names no identity, or over {MAX_IDENTITIES}")
    if len(set(columns)) != len(columns) or not known.issuperset(columns):
        raise ListError("its first line names an unknown column, or one twice")
    if len(described) > MAX_ATTRIBUTES:
        raise ListError(f"its first line names over {MAX_ATTRIBUTES} attributes")
    return columns


def read_piece(data: bytes, columns: Sequence[str], first_line: int, *, is_end: bool) -> Piece:
    """Read whole lines of a part of a list, at most 10,000; line 1 is the header.

    A line ends with a line feed, also inside quotes; the list's last needs none. Raises ListError
    where a line is longer than the part.
    """
    end = len(data) if is_end else data.rfind(b"\n") + 1
    if data and not end:
        raise ListError(f"line {first_line} has no end")
    lines = data[:end].removesuffix(b"\n").split(b"\n") if end else []
    if len(lines) > PIECE_LINES:
        lines = lines[:PIECE_LINES]
        end = sum(map(len, lines)) + PIECE_LINES
    rows: list[Row] = []
    rejects: list[Reject] = []
    for number, raw in enumerate(lines, first_line):
        if number == 1 or not raw.strip():
            continue
        try:
            rows.append(_row(number, raw.removesuffix(b"\r"), columns))
        except LineError as error:
            rejects.append(Reject(number, str(error)))
        except (ValueError, csv.Error):
            rejects.append(Reject(number, "it cannot be read"))
    return Piece(rows, rejects, end, len(lines))


def _row(number: int, line: bytes, columns: Sequence[str]) -> Row:
    if len(line) > MAX_LINE_BYTES:
        raise LineError(f"over {MAX_LINE_BYTES} bytes")
    cells = _cells(line)
    if len(cells) != len(columns):
        raise LineError(f"{len(cells)} cells, not {len(columns)}")
    given = {name: cell for name, cell in zip(columns, cells, strict=True) if cell.strip()}
    named = [Identity(name, cell) for name, cell in given.items() if re.fullmatch(KIND, name)]
    if not named:
        raise LineError("no identity")
    reference = given.get(_REFERENCE)
    if reference is not None and not re.fullmatch(REFERENCE, reference):
        raise LineError("reference is not valid")
    return Row(
        number,
        tuple(named),
        {
            name.removeprefix(_ATTRIBUTE): _value(cell)
            for name, cell in given.items()
            if name.startswith(_ATTRIBUTE)
        },
        _time(given[AT]) if AT in given else None,
        reference,
    )


def _value(cell: str) -> Value:
    """Return an attribute: `true`, `false` and numbers as they are written in JSON, else text."""
    if len(cell) > MAX_TEXT:
        raise LineError(f"an attribute is over {MAX_TEXT} characters")
    if cell in {"true", "false"} or _NUMBER.fullmatch(cell):
        value: Value = msgspec.json.decode(cell)
        return value
    return cell


def _time(cell: str) -> datetime:
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise LineError("at is not a time") from None
    if found.tzinfo is None:
        raise LineError("at has no time zone")
    return found


def _cells(line: bytes) -> list[str]:
    (cells,) = csv.reader([line.removesuffix(b"\r").decode()], strict=True)
    return cells
