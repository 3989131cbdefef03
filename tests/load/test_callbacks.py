"""Customers, referrers and providers at the same instant, on AWS's own engine (A6, A8)."""

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from sluice.codes.rules.seats import Assignment
from sluice.codes.tables import Customer, SeatItem
from sluice.organizations import store as organizations
from sluice.shared import clock
from sluice.shared.table import connection
from tests.load.clients import at_once
from tests.support import rewards
from tests.support.aws import items_of
from tests.support.codes import CODE, issue_code, join, open_channel
from tests.support.invariants import check_invariants
from tests.support.staff import NOW

pytestmark = pytest.mark.proof
OF_WEI = "V7KQ2XNB9RTC"
CUSTOMERS, SEATS = 60, 120
REWARD_MINOR = 500  # of the organisation of the tests


def seats() -> list[SeatItem]:
    return [item for item in items_of(SeatItem) if isinstance(item, SeatItem)]


def test_a_customer_of_two_referrers_is_one_seat_one_reward_and_one_referrers() -> None:
    """60 customers scan two posters at one instant, in many processes (A6, A8).

    The codes lead to employees and to groups: nobody gets one of each either.
    """
    organizations.put_member("acme", "wei", {"name": "Wei", "roles": {"member"}}, NOW)
    for n in range(4):
        open_channel(f"c{n}", cap=CUSTOMERS)
        open_channel(f"g{n}", cap=CUSTOMERS, kind="group")
    issue_code(CODE, "lin")
    issue_code(OF_WEI, "wei")
    people = [f"v{n}" for n in range(CUSTOMERS)]
    asked = [(visitor, code) for visitor in people for code in (CODE, OF_WEI, OF_WEI, CODE)]
    joining = at_once("join", asked, 64)
    print(f"\njoins: {joining}; {Counter(status for status, _ in joining.answers)}")
    given = [seat["assignment_id"] for _, seat in joining.answers]
    for n in range(0, len(given), 4):
        assert len(set(given[n : n + 4])) == 1, "two seats for one customer"
    assert Counter(s for s, _ in joining.answers) == {201: CUSTOMERS, 200: 3 * CUSTOMERS}

    telling = at_once("confirm", given, 64)
    print(f"callbacks: {telling}")
    changes = [_change(item["seat"]["S"], item) for item in _raw_seats() for _ in range(2)]
    rewarding = at_once("deliver", changes, 64)
    print(f"events: {rewarding}")
    assert set(rewarding.answers) == {1}

    referrers = {item.customer: item.seat.current.referrer_id for item in seats()}
    assert len(referrers) == len(seats()) == CUSTOMERS
    assert {item.seat.current.status for item in seats()} == {"connected"}
    owners = {
        item.natural_key.removeprefix("connected:"): item.owner_id for item in rewards.rewards()
    }
    assert owners == {name.removeprefix("acme#"): who for name, who in referrers.items()}
    assert owners == _brought_by()
    for who, count in Counter(owners.values()).items():
        assert rewards.balance_of(who, "CNY") == count * REWARD_MINOR
    check_invariants()


def _raw_seats() -> list[dict[str, dict[str, str]]]:
    items: list[dict[str, dict[str, str]]] = connection.scan(SeatItem.Meta.table_name)["Items"]
    return items


def _change(seat: str, item: dict[str, dict[str, str]]) -> dict[str, object]:
    """Return the stream's record of a seat that was connected at once."""
    reserved = json.loads(seat)["assignments"][0]["reserved_at"]
    change = {
        "ApproximateCreationDateTime": datetime.fromisoformat(reserved).timestamp(),
        "SequenceNumber": "1",
        "NewImage": item,
    }
    return {"eventName": "INSERT", "dynamodb": change}


def _brought_by() -> dict[str, str]:
    return {
        item.customer_id: item.referrer_id
        for item in items_of(Customer)
        if isinstance(item, Customer) and "#customer#" in item.key and item.referrer_id
    }


def test_a_confirmation_at_the_instant_of_its_release_counts_and_no_seat_leaks() -> None:
    """Of 120 expired seats each is told of and released at once; the late are flagged (A6)."""
    for n in range(4):
        open_channel(f"c{n}", cap=SEATS // 4)
    issue_code()
    now = clock.now()
    reserved = now - timedelta(hours=1)
    given = [join(f"c{n:03}", now=reserved).assignment.assignment_id for n in range(SEATS)]
    told_of = given[: SEATS * 3 // 4]  # the others are only released
    asked = [(what, name, now) for name in told_of for what in ("confirm", "release")]
    asked += [("release", name, now) for name in given[len(told_of) :] for _ in range(2)]
    outcome = at_once("confirm_or_release", asked, 64)

    found = {item.seat.current.assignment_id: item.seat.current for item in seats()}
    late = sum(found[name].late for name in told_of)
    print(f"\n{outcome}; {late} of {len(told_of)} were confirmed after their release")
    _check_ends(told_of, given, found)
    releases = sum(1 for answer in outcome.answers if answer is True)
    assert releases == late + SEATS - len(told_of), "a release that was answered is in the seat"
    check_invariants()

    again = [(f"n{n}", CODE) for n in range(SEATS)]
    refill = at_once("join", again, 64)
    assert Counter(status for status, _ in refill.answers) == {
        201: SEATS - len(told_of),
        409: len(told_of),
    }
    check_invariants()


def _check_ends(told_of: list[str], given: list[str], found: dict[str, Assignment]) -> None:
    assert {found[name].status for name in told_of} == {"connected"}
    assert {found[name].status for name in given[len(told_of) :]} == {"released"}
    assert len(found) == len(given)
