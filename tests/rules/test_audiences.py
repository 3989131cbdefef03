"""Lists of users are read line by line, whatever their parts, and put in batches (E8)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules.audiences import (
    BATCH_BYTES,
    BATCH_USERS,
    MAX_LINE_BYTES,
    Entry,
    ListError,
    header_of,
    pack,
    read_piece,
)

HEADER = ["user_id", "name"]
USERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,20}", fullmatch=True)
NAMES = st.text(st.characters(exclude_characters='"\r\n\0', codec="utf-8"), max_size=20)
ENTRIES = st.lists(st.builds(lambda u, n: Entry(u, {"name": n}), USERS, NAMES), max_size=30)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"user_id":"u-1"}', Entry("u-1")),
        (b'{"user_id":"u-1","variables":{"name":"Li"}}', Entry("u-1", {"name": "Li"})),
        (b'{"user_id":"a@b.cn"}\r', Entry("a@b.cn")),
    ],
)
def test_a_line_of_json_is_an_entry(line: bytes, expected: Entry) -> None:
    piece = read_piece(line + b"\n", None, 5, is_end=False)
    assert piece.entries == [expected]
    assert piece.lines == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nothing", "it cannot be read"),
        (b"\xff\xfe", "it cannot be read"),
        (b'{"user_id":"with space"}', "user_id or a variable is not valid"),
        (b'{"user_id":7}', "user_id or a variable is not valid"),
        (b'{"user_id":"u","phone":"1"}', "user_id or a variable is not valid"),
        (b'{"variables":{}}', "user_id or a variable is not valid"),
        (b'{"user_id":"' + b"u" * MAX_LINE_BYTES + b'"}', f"over {MAX_LINE_BYTES} bytes"),
    ],
)
def test_a_line_that_is_none_is_told_without_what_it_says(line: bytes, reason: str) -> None:
    piece = read_piece(b'{"user_id":"u-1"}\n' + line + b"\n", None, 1, is_end=False)
    assert len(piece.entries) == 1
    assert [(reject.line, reject.reason) for reject in piece.rejects] == [(2, reason)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"u-1,Li", Entry("u-1", {"name": "Li"})),
        (b'u-1,"Li, Wei"', Entry("u-1", {"name": "Li, Wei"})),
        (b"u-1,", Entry("u-1", {"name": ""})),
    ],
)
def test_a_line_of_csv_is_an_entry(line: bytes, expected: Entry) -> None:
    piece = read_piece(b"\xef\xbb\xbfuser_id,name\r\n" + line + b"\r\n", HEADER, 1, is_end=True)
    assert piece.entries == [expected]
    assert not piece.rejects


@pytest.mark.parametrize("line", [b"u-1", b"u-1,a,b", b'u-1,"a', b",a", b"u 1,a"])
def test_a_line_of_csv_that_is_none_is_told(line: bytes) -> None:
    piece = read_piece(line + b"\n", HEADER, 9, is_end=False)
    assert [reject.line for reject in piece.rejects] == [9]


def test_a_header_names_the_columns() -> None:
    assert header_of(b"\xef\xbb\xbfuser_id,name\r\nu-1,Li\n") == HEADER
    assert header_of(b"user_id") == ["user_id"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"name\n",
        b"user_id,user_id\n",
        b"user_id,Not A Name\n",
        b"user_id,a,a\n",
        b'user_id,"a\n',
        b"\xff\xfe",
        b"user_id," + b",".join(b"v%d" % n for n in range(21)),
    ],
)
def test_a_list_without_a_proper_header_is_none(data: bytes) -> None:
    with pytest.raises(ListError):
        header_of(data)


def test_a_line_longer_than_its_part_is_no_list() -> None:
    with pytest.raises(ListError):
        read_piece(b"x" * 100, None, 1, is_end=False)


@given(entries=ENTRIES, size=st.integers(120, 700), ends=st.booleans())
def test_a_list_reads_the_same_in_whatever_parts(
    entries: list[Entry], size: int, *, ends: bool
) -> None:
    """Each part goes on where the lines of the one before ended."""
    data = b"\n".join(map(msgspec.json.encode, entries)) + (b"\n" if ends and entries else b"")
    found: list[Entry] = []
    offset, line = 0, 1
    while offset < len(data):
        part = data[offset : offset + size]
        piece = read_piece(part, None, line, is_end=offset + len(part) == len(data))
        found += piece.entries
        offset, line = offset + piece.read_bytes, line + piece.lines
    assert found == entries
    assert line - 1 == len(entries)


@given(ENTRIES)
def test_csv_says_what_json_says(entries: list[Entry]) -> None:
    lines = [b"user_id,name"] + [
        f'{entry.user_id},"{entry.variables["name"]}"'.encode() for entry in entries
    ]
    data = b"\n".join(lines)
    assert read_piece(data, header_of(data), 1, is_end=True).entries == entries


@given(st.lists(st.builds(Entry, USERS), max_size=400))
def test_a_batch_is_bounded_and_names_a_user_once(entries: list[Entry]) -> None:
    batches = list(pack(entries))
    told = {entry.user_id for batch in batches for entry in batch}
    assert told == {entry.user_id for entry in entries}
    for batch in batches:
        names = [entry.user_id for entry in batch]
        assert 1 <= len(names) == len(set(names)) <= BATCH_USERS


def test_a_batch_ends_where_its_item_would_be_too_large() -> None:
    entries = [Entry(f"u{n}", {f"v{k}": "x" * 200 for k in range(10)}) for n in range(100)]
    batches = list(pack(entries))
    assert len(batches) == 3
    for batch in batches:
        assert len(msgspec.json.encode(batch)) <= BATCH_BYTES + 100
