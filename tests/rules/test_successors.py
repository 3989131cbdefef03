"""When a group is followed by the next of its series, and by what (A10)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules.successors import (
    MAX_GROUPS,
    Successor,
    follow_at,
    next_of,
    problems_with,
    unfit,
)
from sluice.shared.fields import Name

CLUB = Successor("Club {n}", "club-{n}")
OWN = Successor("Club {n}")


@given(
    cap=st.integers(1, 1_000_000),
    percent=st.integers(1, 100),
    held=st.integers(1, 1_100_000),
)
def test_the_next_is_made_at_the_percentage_of_the_cap_and_never_before_the_first_seat(
    cap: int, percent: int, held: int
) -> None:
    at = follow_at(Successor("{n}", "{n}", at_percent=percent), cap, 1)
    assert at is not None
    assert 1 <= at <= cap
    assert (held >= at) == (100 * held >= percent * cap)


@pytest.mark.parametrize(
    ("successor", "cap", "number", "at"),
    [
        (CLUB, 200, 1, 180),
        (CLUB, 200, 49, 180),
        (CLUB, 200, 50, None),  # the last there may be
        (CLUB, 0, 1, None),
        (CLUB, 1, 1, 1),
        (OWN, 200, 1, None),  # the provider makes it
        (None, 200, 1, None),
    ],
)
def test_who_is_followed(
    successor: Successor | None, cap: int, number: int, at: int | None
) -> None:
    assert follow_at(successor, cap, number) == at


def test_the_next_carries_its_number() -> None:
    following = next_of(CLUB, "tea", 1)
    assert following == ("tea-2", "tea", 2, "Club 2", "club-2")
    assert next_of(CLUB, following.series, following.number).channel_id == "tea-3"


@given(base=st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\Z"), n=st.integers(1, MAX_GROUPS))
def test_the_id_of_the_next_is_always_an_id(base: str, n: int) -> None:
    msgspec.convert(next_of(CLUB, base, n).channel_id, Name)


@pytest.mark.parametrize(
    ("successor", "kind", "fields"),
    [
        (CLUB, "group", []),
        (OWN, "group", []),
        (CLUB, "contact", [""]),
        (Successor("Club", "club-{n}"), "group", ["name"]),
        (Successor("{n} of {n}", "club"), "group", ["name", "provider_ref"]),
    ],
)
def test_what_is_wrong_is_named(successor: Successor, kind: str, fields: list[str]) -> None:
    assert [field for field, _ in problems_with(successor, kind)] == fields


@pytest.mark.parametrize(
    ("successor", "makes_groups", "fits"),
    [
        (CLUB, False, True),
        (OWN, False, False),  # nobody would make it
        (CLUB, True, False),  # WeCom chooses a group's id
        (OWN, True, True),
        (Successor("No. {n} of the club"), True, False),  # WeCom puts the number last
        (Successor("{n}"), True, False),
        (Successor("x" * 40 + "{n}"), True, True),
        (Successor("x" * 41 + "{n}"), True, False),
    ],
)
def test_what_fits_a_provider(successor: Successor, makes_groups: bool, fits: bool) -> None:  # noqa: FBT001
    assert (unfit(successor, makes_groups=makes_groups) is None) == fits
