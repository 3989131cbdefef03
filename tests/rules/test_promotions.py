"""Promotions, pure: when they run, who is a newcomer, whose invitation counts (C2 to C5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.invitations.rules import attribution, promotions
from sluice.invitations.rules.attribution import (
    ANOTHER,
    EXPIRED,
    FIRST,
    FIRST_TARGETED,
    LAST,
    LATER,
    OPEN,
    OUTSIDE,
    SELF,
    TARGETED,
    Candidate,
)
from sluice.invitations.rules.lists import (
    BLACKLIST,
    EXISTING_CUSTOMERS,
    Entry,
    Known,
    activity_list,
)
from sluice.invitations.rules.promotions import (
    BLACKLISTED,
    EXISTING,
    NOT_EXPECTED,
    OVER,
    Amount,
    Promotion,
)

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = 30 * DAY
SPRING = Promotion(
    promotion_id="spring",
    name="Bring a friend",
    introduction="",
    app_link="https://app.example/",
    programme="friends",
    inviter_reward=Amount(2000, "CNY"),
    newcomer_reward=Amount(1000, "CNY"),
    starts_at=NOW - 10 * DAY,
    ends_at=NOW + 10 * DAY,
)
ENTRY = Entry(NOW, "staff:boss")


def targeted(inviter: str, days_ago: float, expires: float | None = None) -> Candidate:
    expires_at = None if expires is None else NOW + expires * DAY
    return Candidate(inviter, TARGETED, NOW - days_ago * DAY, f"i-{inviter}", expires_at)


def opened(inviter: str, days_ago: float) -> Candidate:
    return Candidate(inviter, OPEN, NOW - days_ago * DAY)


@pytest.mark.parametrize(
    ("moment", "runs"),
    [
        (SPRING.starts_at, True),
        (SPRING.starts_at - timedelta(seconds=1), False),
        (SPRING.ends_at - timedelta(seconds=1), True),
        (SPRING.ends_at, False),
    ],
)
def test_a_promotion_runs_from_its_start_until_before_its_end(
    moment: datetime,
    *,
    runs: bool,
) -> None:
    assert promotions.is_running(SPRING, moment) is runs
    assert not promotions.is_running(replace(SPRING, is_open=False), moment)


def test_a_promotion_ends_after_it_starts() -> None:
    assert promotions.faults(SPRING) == []
    assert promotions.faults(replace(SPRING, ends_at=SPRING.starts_at))[0][0] == "ends_at"


def test_an_invitation_never_outlives_its_promotion() -> None:
    assert promotions.expiry_of(replace(SPRING, expires_days=3), NOW) == NOW + 3 * DAY
    assert promotions.expiry_of(replace(SPRING, expires_days=30), NOW) == SPRING.ends_at


@pytest.mark.parametrize(
    ("lists", "named", "opens", "open_to_all", "moment", "why"),
    [
        ((), True, False, False, NOW, None),
        ((), False, False, False, NOW, NOT_EXPECTED),
        ((), False, True, False, NOW, NOT_EXPECTED),
        ((), False, True, True, NOW, None),
        ((), False, False, True, NOW, NOT_EXPECTED),
        ((EXISTING_CUSTOMERS,), True, True, True, NOW, EXISTING),
        ((BLACKLIST,), True, True, True, NOW, BLACKLISTED),
        ((BLACKLIST, EXISTING_CUSTOMERS), True, True, True, NOW, BLACKLISTED),
        ((), True, True, True, NOW + 11 * DAY, OVER),
    ],
)
def test_a_newcomer_is_expected_and_no_customer(
    lists: tuple[str, ...],
    *,
    named: bool,
    opens: bool,
    open_to_all: bool,
    moment: datetime,
    why: str | None,
) -> None:
    """C4."""
    promotion = replace(SPRING, open_to_all=open_to_all)
    known = Known(("k",), lists=dict.fromkeys(lists, ENTRY))
    found = promotions.why_no_newcomer(promotion, known, moment, named=named, opened=opens)
    assert found == why


def test_the_act_counts_when_it_was_done_in_the_promotions_time() -> None:
    """C4."""
    record = activity_list("spring")
    other = Known(("k",), lists={activity_list("summer"): ENTRY})
    done = Known(("k",), lists={record: ENTRY})
    early = Known(("k",), lists={record: replace(ENTRY, at=SPRING.starts_at - DAY)})
    waiting, unrewarded = promotions.State.WAITING, promotions.State.UNREWARDED
    assert promotions.did_the_act(SPRING, done, waiting)
    assert not promotions.did_the_act(SPRING, early, waiting)
    assert promotions.did_the_act(SPRING, early, unrewarded), "it was found in time before"
    for state in (waiting, unrewarded):
        assert not promotions.did_the_act(SPRING, other, state)
        assert promotions.did_the_act(replace(SPRING, needs_activity=False), other, state)


@pytest.mark.parametrize(
    ("rule", "candidates", "winner", "reasons"),
    [
        (FIRST_TARGETED, [], None, {}),
        (FIRST_TARGETED, [targeted("a", 1)], "a", {}),
        (FIRST_TARGETED, [targeted("a", 2), targeted("b", 3)], "b", {"a": ANOTHER}),
        (FIRST_TARGETED, [opened("a", 9), targeted("b", 1)], "b", {"a": ANOTHER}),
        (FIRST_TARGETED, [opened("a", 2), opened("b", 3)], "b", {"a": ANOTHER}),
        (FIRST_TARGETED, [targeted("a", 2, -1), opened("b", 1)], "b", {"a": EXPIRED}),
        (FIRST_TARGETED, [targeted("a", 2, 0), opened("b", 1)], "b", {"a": EXPIRED}),
        (FIRST_TARGETED, [targeted("a", 31), opened("b", 1)], "b", {"a": OUTSIDE}),
        (FIRST_TARGETED, [targeted("a", -1), opened("b", 1)], "b", {"a": LATER}),
        (FIRST_TARGETED, [targeted("me", 5), targeted("b", 1)], "b", {"me": SELF}),
        (FIRST_TARGETED, [targeted("me", 5)], None, {"me": SELF}),
        (
            FIRST_TARGETED,
            [targeted("a", 31), targeted("b", 1), opened("a", 9)],
            "b",
            {"a": ANOTHER},
        ),
        (FIRST, [opened("a", 9), targeted("b", 1)], "a", {"b": ANOTHER}),
        (LAST, [opened("a", 9), targeted("b", 1)], "b", {"a": ANOTHER}),
    ],
)
def test_the_rule_decides_whose_invitation_counts_and_tells_the_others_why(
    rule: str, candidates: list[Candidate], winner: str | None, reasons: dict[str, str]
) -> None:
    """C5."""
    found = attribution.attribute(rule, candidates, NOW, {"me", "my-phone"}, WINDOW)
    assert (found.winner.inviter if found.winner else None) == winner
    assert found.reasons == reasons


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (targeted("a", 1, 5), True),
        (targeted("a", 1, 0), False),
        (targeted("me", 1, 5), False),
        (targeted("a", -1, 5), False),
        (targeted("a", 40, 5), True),
        (opened("a", 1), False),
    ],
)
def test_who_was_named_is_expected_while_it_holds(candidate: Candidate, *, expected: bool) -> None:
    """C3."""
    assert attribution.is_expected([candidate], NOW, {"me"}) is expected


any_candidates = st.lists(
    st.builds(
        Candidate,
        inviter=st.sampled_from(["a", "b", "c", "me"]),
        kind=st.sampled_from([TARGETED, OPEN]),
        at=st.integers(-40, 5).map(lambda days: NOW + days * DAY),
        invitation_id=st.sampled_from(["", "i-1", "i-2"]),
        expires_at=st.none() | st.integers(-5, 5).map(lambda days: NOW + days * DAY),
    ),
    max_size=8,
)


@given(st.sampled_from([FIRST_TARGETED, FIRST, LAST]), any_candidates, st.randoms())
def test_everyone_who_invited_either_wins_or_gets_a_reason(
    rule: str, candidates: list[Candidate], random: object
) -> None:
    """C5: exactly one of both, whatever order the invitations are read in."""
    found = attribution.attribute(rule, candidates, NOW, {"me"}, WINDOW)
    winners = {found.winner.inviter} if found.winner else set()
    assert winners | found.reasons.keys() == {each.inviter for each in candidates}
    assert not winners & found.reasons.keys()
    assert "me" not in winners
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert attribution.attribute(rule, shuffled, NOW, {"me"}, WINDOW) == found


@given(any_candidates)
def test_no_open_invitation_wins_over_a_targeted_one_that_holds(
    candidates: list[Candidate],
) -> None:
    found = attribution.attribute(FIRST_TARGETED, candidates, NOW, {"me"}, WINDOW)
    only = [each for each in candidates if each.kind == TARGETED]
    best = attribution.attribute(FIRST_TARGETED, only, NOW, {"me"}, WINDOW).winner
    assert best is None or found.winner == best
