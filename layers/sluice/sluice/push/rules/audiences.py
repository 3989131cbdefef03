"""Audiences of runs (E8): lists of users with their variables, read line by line, and batches."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.shared.fields import WORD

USER_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,127}$(?!\n)"
MAX_USERS = 1_000_000
MAX_BYTES = 200_000_000  # of an uploaded list
MAX_LINE_BYTES = 4096
PIECE_LINES = 2000  # read at once: their batches fit into a transaction
PIECE_BYTES = 131_072
MAX_VARIABLES = 20
MAX_VALUE = 200
BATCH_USERS = 100
BATCH_BYTES = 100_000  # of a batch as JSON: an item holds 400 KiB at most
MAX_REJECTS = 100  # lines that are told; all are counted
CSV = "csv"
_ID = "user_id"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

type Format = Literal["csv", "ndjson"]
type Check = Callable[[Mapping[str, str]], str | None]  # variables -> why nothing can be said
Variables = Annotated[
    dict[Annotated[str, Meta(pattern=WORD)], Annotated[str, Meta(max_length=MAX_VALUE)]],
    Meta(max_length=MAX_VARIABLES),
]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A user of an audience, and what the template says to them alone."""

    user_id: Annotated[str, Meta(pattern=USER_ID)]
    variables: Variables = {}


class Audience(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom a run is for: users named with it, an uploaded list, or who has a tag."""

    kind: Literal["users", "upload", "tag"]
    tag: str | None = None
    format: Format | None = None  # of the list
    size_bytes: int | None = None  # of the list, as the upload's signature demands


class Reject(msgspec.Struct, frozen=True):
    """A line that is no entry. It names no person: the reason tells the field only."""

    line: int
    reason: str


class ListError(Exception):
    """The list cannot be read at all."""


@dataclass(frozen=True)
class Piece:
    """A part of a list: its entries, its rejects, and how far it was read."""

    entries: Sequence[Entry]
    rejects: Sequence[Reject]
    read_bytes: int
    lines: int


def header_of(data: bytes) -> list[str]:
    """Return the columns of a CSV list from its beginning. Raises ListError."""
    line, _, _ = data.removeprefix(_BYTE_ORDER_MARK).partition(b"\n")
    try:
        columns = _cells(line)
        msgspec.convert({name: "" for name in columns if name != _ID}, Variables)
    except (ValueError, csv.Error, msgspec.ValidationError):
        raise ListError("its first line names no columns") from None
    if columns.count(_ID) != 1 or len(set(columns)) != len(columns):
        raise ListError(f"its first line does not name {_ID} once, and each other column once")
    return columns


def read_piece(
    data: bytes,
    columns: Sequence[str] | None,
    first_line: int,
    *,
    is_end: bool,
    check: Check | None = None,
) -> Piece:
    """Read whole lines of a part of a list, at most 2,000; `columns` are those of CSV, or None.

    An entry that `check` objects to is a reject.

    A line ends with a line feed, also inside quotes; the list's last needs none. `first_line` is
    the number of the part's first line: 1 is the list's, which for CSV is the header. Raises
    ListError where a line is longer than the part.
    """
    end = len(data) if is_end else data.rfind(b"\n") + 1
    if data and not end:
        raise ListError(f"line {first_line} has no end")
    entries: list[Entry] = []
    rejects: list[Reject] = []
    lines = data[:end].removesuffix(b"\n").split(b"\n") if end else []
    if len(lines) > PIECE_LINES:
        lines = lines[:PIECE_LINES]
        end = sum(map(len, lines)) + PIECE_LINES
    for number, raw in enumerate(lines, first_line):
        line = raw.removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line.strip() or (columns is not None and number == 1):
            continue
        try:
            entries.append(_entry(line, columns, check))
        except (ValueError, csv.Error, RecursionError) as error:
            rejects.append(Reject(number, _reason(error)))
    return Piece(entries, rejects, end, len(lines))


def _entry(line: bytes, columns: Sequence[str] | None, check: Check | None) -> Entry:
    if len(line) > MAX_LINE_BYTES:
        raise LineError(f"over {MAX_LINE_BYTES} bytes")
    entry = _decoded(line, columns)
    if check is not None and (fault := check(entry.variables)):
        raise LineError(fault)
    return entry


def _decoded(line: bytes, columns: Sequence[str] | None) -> Entry:
    if columns is None:
        return msgspec.json.decode(line, type=Entry)
    cells = _cells(line)
    if len(cells) != len(columns):
        raise LineError(f"{len(cells)} cells, not {len(columns)}")
    given = dict(zip(columns, cells, strict=True))
    return msgspec.convert({_ID: given.pop(_ID), "variables": given}, Entry)


class LineError(ValueError):
    """A line is no entry; the text says why."""


def _cells(line: bytes) -> list[str]:
    (cells,) = csv.reader([line.removesuffix(b"\r").decode()], strict=True)
    return cells


def _reason(error: Exception) -> str:
    """Tell what is wrong with a line, without what stands in it."""
    if isinstance(error, LineError):
        return str(error)
    if isinstance(error, msgspec.ValidationError):
        return "user_id or a variable is not valid"
    return "it cannot be read"


def pack(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield batches of at most 100 users and 100 KB; a user stands once in a batch."""
    batch: dict[str, Entry] = {}
    size = 0
    for entry in entries:
        length = len(msgspec.json.encode(entry)) + 1
        if batch and (len(batch) == BATCH_USERS or size + length > BATCH_BYTES):
            yield list(batch.values())
            batch, size = {}, 0
        if entry.user_id not in batch:
            batch[entry.user_id] = entry
            size += length
    if batch:
        yield list(batch.values())
