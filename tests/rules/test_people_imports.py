"""Lists of people, line by line: what is taken, what is not and why, however it is cut (C3)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.invitations.rules import imports
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.imports import LineError, ListError, Piece, Row, read_piece

COLUMNS = ["phone", "id:app1", "at", "reference", "attribute.age"]


def read(text: str, columns: list[str] = COLUMNS) -> Piece:
    return read_piece(text.encode(), columns, 2, is_end=True)


def test_a_line_says_who_it_is_since_when_and_what_is_known() -> None:
    (row,) = read('+8613800000001,"c,1",2026-01-05T08:00:00Z,pay-7,34\r\n').rows
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    named = (Identity("phone", "+8613800000001"), Identity("id:app1", "c,1"))
    assert row == Row(2, named, {"age": 34}, at, "pay-7")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("34", 34), ("1.5", 1.5), ("-2", -2), ("true", True), ("007", "007"), ("1e5", "1e5")],
)
def test_an_attribute_is_what_it_looks_like(cell: str, value: object) -> None:
    (row,) = read(f"u-1,{cell}", ["user", "attribute.x"]).rows
    assert (row.attributes["x"], type(row.attributes["x"])) == (value, type(value))


@pytest.mark.parametrize(
    "line",
    [
        ",,,,",
        "+8613800000001",
        "+8613800000001,,yesterday,,",
        "+8613800000001,,2026-01-05T08:00:00,,",
        "+8613800000001,,,a b,",
        '"+8613800000001,,,,',
        "+8613800000001,,,," + "x" * 201,
        "+8613800000001,,,," + "x" * 5000,
    ],
)
def test_a_line_that_says_nothing_is_told_by_number_and_not_repeated(line: str) -> None:
    piece = read(f"+8613800000002,,,,\n{line}\n\n+8613800000003,,,,")
    assert [row.line for row in piece.rows] == [2, 5]
    (reject,) = piece.rejects
    assert reject.line == 3
    assert "138" not in reject.reason


@pytest.mark.parametrize(
    "header",
    ["", "at,reference", "phone,phone", "phone,name", "phone,attribute.Age", "phone,id:App1", '"'],
)
def test_what_is_no_header_ends_the_import(header: str) -> None:
    with pytest.raises(ListError):
        imports.header_of(f"{header}\nx".encode())


def test_a_header_may_begin_with_a_byte_order_mark() -> None:
    assert imports.header_of("\ufeffphone,at\r\n".encode()) == ["phone", "at"]


@given(st.integers(12, 60))
def test_however_a_list_is_cut_each_line_is_read_once(size: int) -> None:
    data = b"user\n" + b"".join(f"u-{n}\n".encode() for n in range(30)) + b"last"
    offset, line, seen = 0, 1, []
    while offset < len(data):
        part = data[offset : offset + size]
        piece = read_piece(part, ["user"], line, is_end=offset + size >= len(data))
        seen += [(row.line, row.identities[0].value) for row in piece.rows]
        offset, line = offset + piece.read_bytes, line + piece.lines
    assert seen == [(n + 2, f"u-{n}") for n in range(30)] + [(32, "last")]


def test_a_line_without_end_ends_the_import() -> None:
    with pytest.raises(ListError, match="line 2"):
        read_piece(b"x" * 100, ["user"], 2, is_end=False)
    assert issubclass(LineError, ValueError)
