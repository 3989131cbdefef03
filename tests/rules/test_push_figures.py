"""The rules of figures: what items count for, in whatever order their changes come (E6)."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import figures
from sluice.push.rules.chain import Status
from sluice.push.rules.figures import (
    HOLD_OUT,
    TOTAL,
    AttemptFacts,
    Leg,
    Place,
    PushFacts,
    Row,
    WindowFacts,
)
from sluice.push.rules.strategies import Channel, Price
from tests.support.staff import NOW

PLACES = [Place(name, version, day) for name in ("a", "b") for version in (1, 2) for day in "12"]
PLACE = PLACES[0]
LEGS = (
    Leg("wechat", 10, "CNY"),
    Leg("app", 0, "CNY"),
    Leg("sms", 50, "CNY"),
    Leg("mail", 3, "USD"),
)
PUSH = PushFacts(PLACE, LEGS, Status.RUNNING, -1)
ATTEMPT = AttemptFacts(PLACE, "sms", 50, "CNY")

type Facts = PushFacts | AttemptFacts | WindowFacts


def of(facts: Facts) -> figures.Counts:
    match facts:
        case PushFacts():
            return figures.of_push(facts)
        case AttemptFacts():
            return figures.of_attempt(facts)
        case WindowFacts():
            return figures.of_window(facts)


def counted(facts: Facts) -> dict[tuple[str, str, str], int]:
    """Return what an item counts for, by channel, currency and counter."""
    found = of(facts)
    assert {count.row.place for count in found} <= {facts.place}
    return {(c.row.channel, c.row.currency, c.counter): number for c, number in found.items()}


def test_a_strategys_channels_are_its_legs() -> None:
    channels = [Channel("sms", "sandbox", 1, "sent", Price(7, "CNY"))]
    assert figures.legs_of(channels) == (Leg("sms", 7, "CNY"),)


@pytest.mark.parametrize(
    ("push", "expected"),
    [
        (PUSH, {}),
        (replace(PUSH, status="unreached", position=3), {("", "", "unreached"): 1}),
        (replace(PUSH, status="cancelled", position=1), {("", "", "cancelled"): 1}),
        *(
            (
                replace(PUSH, status="withheld", withheld_by=reason),
                {("", "", "withheld"): 1, ("", "", f"withheld_{reason}"): 1},
            )
            for reason in ("consent", "suppressed", "address", "frequency", "expired")
        ),
        (replace(PUSH, status="withheld", withheld_by=HOLD_OUT), {("", "", "held_out"): 1}),
        (
            replace(PUSH, status="reached", position=0, reached_position=0),
            {
                ("", "", "reached"): 1,
                ("wechat", "", "reached"): 1,
                ("sms", "CNY", "saved_micros"): 50,
                ("mail", "USD", "saved_micros"): 3,
            },
        ),
        (
            replace(PUSH, status="reached", position=2, reached_position=0),
            {
                ("", "", "reached"): 1,
                ("wechat", "", "reached"): 1,
                ("mail", "USD", "saved_micros"): 3,
            },
        ),
        (
            replace(PUSH, status="reached", position=3, reached_position=3),
            {("", "", "reached"): 1, ("mail", "", "reached"): 1},
        ),
    ],
)
def test_a_push_counts_for_its_end(
    push: PushFacts, expected: dict[tuple[str, str, str], int]
) -> None:
    """E6: saved is what the channels that were never begun would have cost."""
    assert counted(push) == {("", "", "pushes"): 1, **expected}


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (ATTEMPT, {("sms", "", "sent"): 1, ("sms", "CNY", "cost_micros"): 50}),
        (replace(ATTEMPT, deferred=True), {}),
        (replace(ATTEMPT, failed=True, amount_micros=0), {("sms", "", "failed"): 1}),
        (replace(ATTEMPT, amount_micros=0), {("sms", "", "sent"): 1}),
        (
            replace(ATTEMPT, failed=True, sent_at=NOW),
            {("sms", "", "failed"): 1, ("sms", "", "sent"): 1, ("sms", "CNY", "cost_micros"): 50},
        ),
        (
            replace(ATTEMPT, waste=True, currency="USD"),
            {
                ("sms", "", "sent"): 1,
                ("sms", "USD", "cost_micros"): 50,
                ("sms", "USD", "waste_micros"): 50,
            },
        ),
    ],
)
def test_an_attempt_counts_for_what_left_and_what_it_cost(
    attempt: AttemptFacts, expected: dict[tuple[str, str, str], int]
) -> None:
    """E6: what surely was not sent has cost nothing."""
    assert counted(attempt) == expected


def test_a_window_counts_in_its_group_once_it_is_closed() -> None:
    window = WindowFacts(PLACE, held_out=False)
    assert counted(window) == {}
    assert counted(replace(window, converted=False)) == {("", "", "treated"): 1}
    closed = replace(window, held_out=True, converted=True)
    assert counted(closed) == {("", "", "untreated"): 1, ("", "", "untreated_converted"): 1}


def test_another_price_moves_its_money_to_another_currency() -> None:
    old, new = of(ATTEMPT), of(replace(ATTEMPT, amount_micros=7, currency="USD"))
    changed = figures.change(old, new)
    total = PLACE._replace(day=TOTAL)
    assert {(c.row, c.counter): n for c, n in changed.items()} == {
        (Row(place, "sms", currency), "cost_micros"): amount
        for place in (PLACE, total)
        for currency, amount in (("CNY", -50), ("USD", 7))
    }


def test_a_change_of_nothing_that_is_counted_is_no_change() -> None:
    assert figures.change(of(PUSH), of(replace(PUSH, position=0))) == Counter()


pushes = st.builds(
    PushFacts,
    place=st.just(PLACE),
    legs=st.just(LEGS),
    status=st.sampled_from([*Status]),
    position=st.integers(0, 3),
    reached_position=st.integers(0, 3),
    withheld_by=st.sampled_from([None, HOLD_OUT, "consent", "expired"]),
)
attempts = st.builds(
    AttemptFacts,
    place=st.just(PLACE),
    channel=st.sampled_from(["wechat", "sms"]),
    amount_micros=st.integers(0, 9),
    currency=st.sampled_from(["CNY", "USD"]),
    sent_at=st.sampled_from([None, NOW]),
    deferred=st.booleans(),
    failed=st.booleans(),
    waste=st.booleans(),
)
windows = st.builds(
    WindowFacts,
    place=st.just(PLACE),
    held_out=st.booleans(),
    converted=st.sampled_from([None, True, False]),
)
histories = st.one_of(
    *(st.lists(kind, min_size=1, max_size=5) for kind in (pushes, attempts, windows))
)


@given(st.lists(st.tuples(st.sampled_from(PLACES), histories), max_size=8), st.randoms())
def test_in_any_order_and_delivered_often_the_figures_are_a_recount(
    items: list[tuple[Place, list[Facts]]], chance: Random
) -> None:
    """E6: each change once, whatever came between; only what the items say last is left."""
    records: list[tuple[tuple[int, int], figures.Counts]] = []
    recount: Counter[tuple[Row, str]] = Counter()
    for number, (place, history) in enumerate(items):
        states = [replace(state, place=place) for state in history]
        for step, (old, new) in enumerate(zip([None, *states], states, strict=False)):
            changed = figures.change(of(old) if old else None, of(new))
            records.append(((number, step), changed))
        for day in (place.day, TOTAL):
            for count, amount in of(states[-1]).items():
                at = count.row._replace(place=place._replace(day=day))
                recount[at, count.counter] += amount
    records += chance.sample(records, len(records) // 2)
    chance.shuffle(records)
    claimed: set[tuple[int, int]] = set()
    sums: Counter[tuple[Row, str]] = Counter()
    for name, changed in records:
        if name not in claimed:
            claimed.add(name)
            sums.update({(count.row, count.counter): n for count, n in changed.items()})
    assert {key: n for key, n in sums.items() if n} == dict(recount)
