"""Imports of CSV (F7): line by line, with a report of what was refused and why.

Every line is read before one is stored: if one is wrong, nothing is, unless the caller wants what
is right. Each line is stored by a guarded write of its own that may be repeated, so an import may
be too; what the store refuses is told by line, and what was not come to, from where to go on.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.shared import clock, errors, guard, sheets, wire
from sluice.shared.fields import Name
from sluice.shared.http import Body, Call, View

BUDGET = timedelta(seconds=22)  # of a function's 29: what is begun then ends in time


class HowToImport(Body):
    """`partial`: store what is right; `dry_run`: store nothing; `from_line`: where to go on."""

    partial: bool = False
    dry_run: bool = False
    from_line: Annotated[int, Meta(ge=2, le=wire.MAX_CSV_BYTES)] = 2


class RefusedLine(View):
    """A line that was not stored; the header is line 1."""

    line: int
    field: str
    reason: str


class Imported(View):
    """What became of the lines. Those `remaining` were not come to: go on from `next_line`."""

    total: int
    stored: int
    refused: list[RefusedLine]
    remaining: int = 0
    next_line: int | None = None


class Sheet[Item](msgspec.Struct, frozen=True):
    """How the lines of a file are read and stored; the first column is the id."""

    columns: Sequence[str]
    required: Sequence[str]  # of each line
    parse: Callable[[Mapping[str, str]], Item]  # of the other cells; raises Invalid
    store: Callable[[str, Item], object]  # raises a Problem
    fields: Mapping[type[errors.Problem], str] = {}  # that refusals of the store are about
    id_type: Any = Name


class _Ready[Item](msgspec.Struct, frozen=True):
    line: int
    id: str
    item: Item


def run[Item](call: Call[wire.Csv, HowToImport], sheet: Sheet[Item]) -> Imported:
    """Import the file of a call. Raises Invalid: it is no such file."""
    lines = sheets.read(call.body.data, sheet.columns, sheet.required)
    lines = [line for line in lines if line.number >= call.query.from_line]
    ready, refused = _read(lines, sheet)
    answer = Imported(total=len(lines), stored=0, refused=refused)
    if call.query.dry_run or (refused and not call.query.partial):
        return answer
    for number, each in enumerate(ready):
        if clock.now() > call.now + BUDGET:
            return _stopped(answer, ready[number:])
        try:
            sheet.store(each.id, each.item)
        except errors.Refusal as refusal:
            field = sheet.fields.get(type(refusal), sheet.columns[0])
            refused.append(RefusedLine(line=each.line, field=field, reason=str(refusal)))
        except errors.Invalid as invalid:  # wrong only beside what is stored
            refused += _of_invalid(each.line, invalid)
        except Exception as error:
            if not guard.is_busy(error):
                raise
            return _stopped(answer, ready[number:])
        else:
            answer.stored += 1
    refused.sort(key=lambda one: one.line)
    return answer


def _stopped(answer: Imported, rest: Sequence[_Ready[Any]]) -> Imported:
    answer.refused.sort(key=lambda one: one.line)
    answer.remaining, answer.next_line = len(rest), rest[0].line
    return answer


def _read[Item](
    lines: Sequence[sheets.Line], sheet: Sheet[Item]
) -> tuple[list[_Ready[Item]], list[RefusedLine]]:
    ready: list[_Ready[Item]] = []
    refused: list[RefusedLine] = []
    first: dict[str, int] = {}
    for line in lines:
        try:
            one = _read_line(line, sheet)
        except errors.Invalid as invalid:
            refused += _of_invalid(line.number, invalid)
            continue
        if one.id in first:
            reason = f"as on line {first[one.id]}"
            refused.append(RefusedLine(line=line.number, field=sheet.columns[0], reason=reason))
        else:
            first[one.id] = line.number
            ready.append(one)
    return ready, refused


def _of_invalid(line: int, invalid: errors.Invalid) -> list[RefusedLine]:
    wrong = [*invalid.fields] or [("line", str(invalid))]
    return [RefusedLine(line=line, field=field, reason=reason) for field, reason in wrong]


def _read_line[Item](line: sheets.Line, sheet: Sheet[Item]) -> _Ready[Item]:
    if line.wrong:
        raise errors.Invalid(line.wrong, [("line", line.wrong)])
    missing = [(name, "missing") for name in sheet.required if name not in line.cells]
    if missing:
        raise errors.Invalid("Cells are empty that must not be.", missing)
    name = sheet.columns[0]
    try:
        its_id: str = msgspec.convert(line.cells[name], sheet.id_type)
    except msgspec.ValidationError:
        raise errors.Invalid(f"{name} is not an id.", [(name, "not a valid id")]) from None
    others = {column: cell for column, cell in line.cells.items() if column != name}
    return _Ready(line.number, its_id, sheet.parse(others))


def required_fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a struct that have no default."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.required)


def values_of[Item: msgspec.Struct](cells: Mapping[str, str], kind: type[Item]) -> Item:
    """Return cells as a struct with fields of their names. Raises Invalid, naming the field."""
    json = sheets.json_fields(kind)
    given = {
        name: sheets.json_in(cell, name) if name in json else cell for name, cell in cells.items()
    }
    return converted(given, kind)


def converted[Item: msgspec.Struct](given: Mapping[str, object], kind: type[Item]) -> Item:
    """Return text and JSON as a struct. Raises Invalid, naming the field."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise wire.invalid(error) from None
