"""A campaign that all sign up for at once, on AWS's own engine (B4, B5).

Once per customer, salespeople with caps, and counters that a recount confirms.
"""

from collections import Counter, defaultdict

import pytest

from sluice.campaigns.tables import Participation
from sluice.codes.store import channels
from sluice.codes.tables import SeatItem
from tests.load.clients import at_once
from tests.load.test_caps import Watch
from tests.support import signups
from tests.support.aws import items_of
from tests.support.codes import check_counters
from tests.support.events import ORGANIZATION

pytestmark = pytest.mark.proof
CLIENTS, CAP, CUSTOMERS, TIMES = 64, 25, 60, 4
SALES = tuple(f"c-{name}" for name in signups.PEOPLE)


def _held() -> list[int]:
    return [int(channels.read_channel(ORGANIZATION, name).held) for name in SALES]


def _member_counts() -> int:
    (lin,) = signups.of_kind(Participation, "member#")
    return int(lin.signups or 0)


def test_one_customer_who_signs_up_from_64_tabs_is_signed_up_once() -> None:
    code = signups.begin(cap=CAP, reward=None)
    outcome = at_once("sign_up", [("mei", code)] * CLIENTS, CLIENTS)
    statuses = Counter(status for status, _ in outcome.answers)
    print(f"\none customer: {outcome}; {dict(statuses)}")
    assert statuses == {201: 1, 200: CLIENTS - 1}
    (signup,) = signups.signed_up()
    assert len(signups.told()) == _member_counts() == sum(_held()) == 1
    assert signup.salesperson_id in signups.PEOPLE
    assert len({str(answer) for _, answer in outcome.answers}) == 1, "all were told the same"
    signups.assert_counters_equal_a_recount()
    check_counters()


def test_of_60_customers_who_each_try_four_times_50_meet_two_capped_salespeople() -> None:
    code = signups.begin(cap=CAP, reward=None)
    names = [f"v{n}" for n in range(CUSTOMERS)]
    watch = Watch(SALES)
    watch.start()
    asked = [(name, code) for name in names for _ in range(TIMES)]
    outcome = at_once("sign_up", asked, CLIENTS)
    watch.stop()
    by_customer: dict[str, Counter[int]] = defaultdict(Counter)
    for (name, _), (status, _) in zip(asked, outcome.answers, strict=True):
        by_customer[name][status] += 1
    statuses = Counter(status for status, _ in outcome.answers)
    print(f"\n{CUSTOMERS} customers: {outcome}; {dict(statuses)}; {watch.looks} looks")
    assert set(statuses) <= {200, 201, 409}
    assert watch.looks
    assert watch.over == []
    lucky = [name for name, got in by_customer.items() if got[201]]
    assert len(lucky) == statuses[201] == len(SALES) * CAP, "each of them once"
    assert all(not by_customer[name][200] for name in names if name not in lucky)
    assert _held() == [CAP] * len(SALES)
    made = signups.signed_up()
    assert len({each.customer_id for each in made}) == len(made) == len(SALES) * CAP
    assert Counter(each.salesperson_id for each in made) == dict.fromkeys(signups.PEOPLE, CAP)
    assert len(items_of(SeatItem)) == len(made)
    assert len(signups.told()) == _member_counts() == len(made)
    signups.assert_counters_equal_a_recount()
    check_counters()
