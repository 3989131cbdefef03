"""Public codes: what they are made of and when they can be used (A2, A10)."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules.codes import state_of
from sluice.shared import ids

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
LOOK_ALIKES = [set("0OQ"), set("1IL"), set("UV"), set("5S"), set("8B"), set("2Z")]
DRAWN = 5_000
BITS = 58  # a guess a nanosecond finds one of a million codes in 9 years


def test_a_code_has_no_character_that_is_read_as_another() -> None:
    """A2: zero and O, one, I and L, U and V; the others differ in every font codes are printed."""
    for alike in LOOK_ALIKES[:3]:
        assert len(alike & set(ids.CODE_ALPHABET)) <= 1, alike
    assert ids.CODE_ALPHABET.upper() == ids.CODE_ALPHABET
    assert len(set(ids.CODE_ALPHABET)) == len(ids.CODE_ALPHABET)


def test_a_code_cannot_be_guessed() -> None:
    """A2: every place is drawn from the whole alphabet, evenly, and no two come alike."""
    codes = [ids.new_code() for _ in range(DRAWN)]
    assert ids.CODE_LENGTH * math.log2(len(ids.CODE_ALPHABET)) > BITS
    assert {len(code) for code in codes} == {ids.CODE_LENGTH}
    assert len(set(codes)) == DRAWN
    for place in range(ids.CODE_LENGTH):
        seen = Counter(code[place] for code in codes)
        expected = DRAWN / len(ids.CODE_ALPHABET)
        chi_squared = sum((seen[c] - expected) ** 2 / expected for c in ids.CODE_ALPHABET)
        assert set(seen) <= set(ids.CODE_ALPHABET)
        assert chi_squared < 80, place  # 29 degrees of freedom: once in a million runs


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [
        ("active", None, "active"),
        ("active", 1, "active"),
        ("active", 0, "expired"),
        ("active", -1, "expired"),
        ("retired", None, "retired"),
        ("retired", -1, "retired"),
    ],
)
def test_a_code_is_gone_when_retired_and_from_its_expiry_on(
    status: str, minutes: int | None, expected: str
) -> None:
    expires_at = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert state_of(status, expires_at, NOW) == expected


@given(st.binary(min_size=32, max_size=32), st.text("ab#", max_size=3), st.integers(0, 500))
def test_a_derived_code_is_fixed_by_its_key_and_parts(key: bytes, batch: str, number: int) -> None:
    first = ids.derived_code(key, batch, str(number))
    assert first == ids.derived_code(key, batch, str(number))
    assert len(first) == ids.CODE_LENGTH
    assert set(first) <= set(ids.CODE_ALPHABET)
    assert first != ids.derived_code(key, batch, str(number + 1))
    assert first != ids.derived_code(key[::-1] + b"x", batch, str(number))
