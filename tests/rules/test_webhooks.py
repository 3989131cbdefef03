"""When deliveries are tried again, what is told, and to whom (F3)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import happenings
from sluice.codes.rules.seats import Assignment
from sluice.webhooks.rules import catalog, schedule
from sluice.webhooks.rules.schedule import GAPS, LASTING, MAX_ATTEMPTS, Outcome

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
FAILED = Outcome(500, "answered 500")
entropies = st.floats(0, 1)


def test_the_gaps_are_three_days_together() -> None:
    assert sum(GAPS, timedelta()) == LASTING == timedelta(days=3)
    assert list(GAPS) == sorted(GAPS)


@given(st.lists(entropies, min_size=len(GAPS), max_size=len(GAPS)))
def test_attempts_spread_over_three_days_whatever_the_jitter(drawn: list[float]) -> None:
    now, whens = NOW, [NOW]
    for attempts, entropy in enumerate(drawn, start=1):
        following = schedule.next_attempt(attempts, FAILED, now, entropy)
        assert following is not None
        whens.append(now := following)
    assert len(whens) == MAX_ATTEMPTS
    assert 0.899 * LASTING <= whens[-1] - NOW <= 1.101 * LASTING
    for (before, after), gap in zip(pairwise(whens), GAPS, strict=True):
        assert 0.89 * gap <= after - before <= 1.11 * gap
    assert schedule.next_attempt(MAX_ATTEMPTS, FAILED, now, 0.5) is None


@given(st.integers(1, MAX_ATTEMPTS - 1), entropies)
def test_who_is_gone_is_not_asked_again(attempts: int, entropy: float) -> None:
    assert schedule.next_attempt(attempts, Outcome(410), NOW, entropy) is None


@pytest.mark.parametrize(
    ("status", "wish", "wait_seconds"),
    [(429, 600, 600), (503, 600, 600), (500, 600, 5), (429, 1, 5), (429, 10**7, 86_400)],
)
def test_a_receiver_may_ask_for_more_time_within_a_day(
    status: int, wish: int, wait_seconds: int
) -> None:
    following = schedule.next_attempt(1, Outcome(status, "", wish), NOW, 0.5)
    assert following == NOW + timedelta(seconds=wait_seconds)


@given(st.timedeltas(timedelta(0), timedelta(days=4)))
def test_a_failing_webhook_rests_for_a_quarter_of_its_failing_at_most_ten_minutes(
    failing: timedelta,
) -> None:
    rests = schedule.rest_until(NOW - failing, NOW)
    if failing < schedule.FALTERING:
        assert rests is None
    else:
        assert rests is not None
        assert timedelta(seconds=7) < rests - NOW <= min(failing / 4, timedelta(minutes=10))
    assert schedule.is_given_up(NOW - failing, NOW) == (failing >= timedelta(days=3))


@pytest.mark.parametrize(
    ("status", "is_delivered"),
    [
        (200, True),
        (204, True),
        (299, True),
        (301, False),
        (400, False),
        (500, False),
        (None, False),
    ],
)
def test_any_2xx_is_a_delivery_and_nothing_else(status: int | None, *, is_delivered: bool) -> None:
    assert Outcome(status).is_delivered == is_delivered


@pytest.mark.parametrize("event_type", catalog.CATALOG)
def test_an_example_is_what_its_type_declares(event_type: str) -> None:
    example = catalog.example_of(event_type)
    assert catalog.told_of(event_type, example["data"]) == example["data"]


def test_what_a_type_does_not_declare_is_not_told() -> None:
    data = {"webhook_id": "crm", "phone": "+8613800000001", "detail": "Lin's answer"}
    assert catalog.told_of(catalog.TEST, data) == {"webhook_id": "crm"}


def test_what_is_not_as_declared_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        catalog.told_of("campaign.changed.v1", {"campaign_id": "c-1"})


@pytest.mark.parametrize(
    ("wanted", "comes"),
    [
        ("assignment.connected.v1", True),
        ("assignment.*", True),
        ("*", True),
        ("assignment.lost.v1", False),
        ("reward.*", False),
        ("assign.*", False),
    ],
)
def test_a_webhook_gets_what_it_wants(wanted: str, *, comes: bool) -> None:
    assert catalog.is_wanted("assignment.connected.v1", [wanted]) == comes


def test_a_test_comes_to_nobody_who_did_not_ask_for_it() -> None:
    assert not catalog.is_wanted(catalog.TEST, ["*", "webhook.*", catalog.TEST])


def test_what_can_never_come_is_told() -> None:
    wanted = ["assignment.*", "reward.granted.v1", "seat.*", "reward.granted.v2", "push.started.v1"]
    assert catalog.unknown(wanted) == ["push.started.v1", "reward.granted.v2", "seat.*"]


def test_no_order_of_ours_is_told() -> None:
    assert not catalog.INTERNAL.keys() & catalog.CATALOG.keys()


def test_what_is_told_of_an_assignment_is_as_declared() -> None:
    """Seats are an outbox of their own: the relay makes these events."""
    assignment = Assignment(
        assignment_id="a-1",
        channel_id="desk",
        code="3F7KQ9XWH2MT",
        provider="sandbox",
        reserved_at=NOW,
        reserved_day="2026-03-05",
        expires_at=NOW,
    )
    data = msgspec.to_builtins(happenings.data_of(assignment, "c-1", "contact"))
    told = catalog.told_of("assignment.reserved.v1", data)
    assert told["assignment_id"] == "a-1"
