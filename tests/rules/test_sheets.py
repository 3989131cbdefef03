"""CSV in and out (F7): what a spreadsheet gets is what comes back, and nothing is a formula."""

import csv
import io
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.shared import imports, sheets
from sluice.shared.errors import Invalid

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)
NAMES = ("id", "text", "more")


def read(data: bytes, required: tuple[str, ...] = ("id",)) -> list[sheets.Line]:
    return sheets.read(data, NAMES, required)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, TEXT)), max_size=5))
def test_what_is_rendered_is_read_again(rows: list[dict[str, str]]) -> None:
    text = sheets.render(NAMES, ([row[name] for name in NAMES] for row in rows))
    assert [line.cells for line in read(text.encode())] == rows


@given(
    TEXT
    | st.sampled_from(
        [
            "=1+1",
            "'=1",
            "+1",
            "-1",
            "@a",
            "\t=1",
            "\r=1",
            "\n=1",
            "''-",
            "'",
            "\uff1d1+1",
            "'\uff20a",
        ]
    )
)
def test_no_text_begins_like_a_formula(text: str) -> None:
    rendered = sheets.render(["id"], [[text]])
    plain = rendered.removeprefix(sheets.BYTE_ORDER_MARK)
    ((_,), (cell,)) = csv.reader(io.StringIO(plain, newline=""), strict=True)
    assert cell[0] not in "=+-@\t\r\n＝＋－＠"  # noqa: RUF001
    assert sheets.plain(cell) == text


def test_numbers_and_objects_are_themselves_and_nothing_is_empty() -> None:
    rendered = sheets.render(["a"] * 5, [[-3, True, None, {"a": [1]}, 0]])
    assert rendered == '\ufeffa,a,a,a,a\r\n-3,true,,"{""a"":[1]}",0\r\n'


def test_lines_are_numbered_as_an_editor_does() -> None:
    """Also where a cell has lines of its own, and where one is empty."""
    data = b'\xef\xbb\xbfmore,id\r\n"a\r\nb",1\r\n\r\n,2\r\n3\r\n'
    lines = read(data)
    assert [(line.number, line.cells, line.wrong) for line in lines] == [
        (2, {"more": "a\r\nb", "id": "1"}, ""),
        (5, {"id": "2"}, ""),
        (6, {"more": "3"}, "1 cells, not 2"),
    ]


@pytest.mark.parametrize(
    ("data", "field", "reason"),
    [
        (b"", "header", "no column 'id'"),
        (b"text\r\n", "header", "no column 'id'"),
        (b"id,surprise\r\n", "header", "unknown column 'surprise'"),
        (b"id,text,id\r\n", "header", "column 'id' twice"),
        (b"id,\r\n1,2\r\n", "header", "unknown column ''"),
        ("id\r\nä".encode("latin-1"), "body", "not UTF-8"),
        (b'id\r\n"open\r\n', "body", "line 2"),
        (b'id\r\n"a"b\r\n', "body", "line 2"),
        (b"id\r\n" + b"a" * 200_000, "body", "line 2"),
        (b"id\r\n" + b"a\r\n" * 501, "body", "too many lines"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(data)
    ((named, why),) = refused.value.fields
    assert named == field
    assert reason in why


class Inner(msgspec.Struct):
    """A part of it."""

    a: int


class Mixed(msgspec.Struct):
    """One field of each type."""

    text: str
    number: Annotated[int, msgspec.Meta(ge=1)] | None = None
    flag: bool = False
    choice: Literal["a", "b"] = "a"
    several: list[str] = []
    object: dict[str, Any] | None = None
    inner: Annotated[Inner | None, msgspec.Meta(description="x")] = None


def test_what_is_no_single_value_is_json_in_its_cell() -> None:
    assert sheets.json_fields(Mixed) == {"several", "object", "inner"}
    cells = {"text": "null", "number": "5", "flag": "TRUE", "inner": '{"a": 1}', "several": '["x"]'}
    found = imports.values_of(cells, Mixed)
    assert found == Mixed("null", 5, flag=True, several=["x"], inner=Inner(1))


def test_a_whole_file_is_read() -> None:
    assert len(read(b"id\n" + b"a\n" * 500)) == 500


def test_an_amount_below_zero_is_a_number_and_no_formula() -> None:
    assert sheets.render(["a", "b"], [[Decimal("-0.05"), Decimal(12)]]).endswith("\r\n-0.05,12\r\n")
