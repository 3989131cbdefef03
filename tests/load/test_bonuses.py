"""Bonus tasks under many payments at once, on AWS's own engine (D6)."""

from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from sluice.promoters.store import bonuses
from sluice.rewards.programme_tables import ProgrammeItem
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import clock
from tests.load.clients import at_once
from tests.support import rewards
from tests.support.bonuses import PROMOTER, RULE, item, offered, put_offer, put_rules, recount
from tests.support.events import ORGANIZATION

pytestmark = pytest.mark.proof
QUOTA, FINISHERS = 10, 100


def accepted(member_id: str) -> None:
    offered(member_id)
    bonuses.accept(ORGANIZATION, member_id, "apples", "wechat", clock.now())


def put_budget(limit_minor: int) -> None:
    """Store a programme with a budget, item by item: this engine takes 10 in a transaction."""
    key = programmes.key_of(ORGANIZATION, "bonus")
    settings = Programme("bonus", {"CNY": limit_minor}, version=1)
    ProgrammeItem(
        key,
        programmes.SETTINGS,
        definition=msgspec.json.encode(settings).decode(),
        version=1,
        changed_at=clock.now(),
    ).save()
    budget = programmes.budget_item(ORGANIZATION, "bonus", "CNY")
    budget.left_minor, budget.spent_minor, budget.currency = limit_minor, 0, "CNY"
    budget.save()


def test_a_quota_of_ten_is_completed_once_by_a_hundred_payments_told_twice() -> None:
    put_offer()
    put_rules(replace(RULE, transactions=QUOTA, coupon=None))
    accepted(PROMOTER)
    asked = [(PROMOTER, f"o-{number}") for number in range(FINISHERS) for _ in range(2)]
    print(f"\npayments of one task: {at_once('count_bonus', asked, 32)}")
    found = item()
    assert (found.state, found.transactions, found.completions) == ("rewarded", FINISHERS, 1)
    assert recount(found) == {"all": FINISHERS, "back": 0}
    assert [reward.amount_minor for reward in rewards.rewards()] == [RULE.amount_minor]
    assert rewards.balance_of(PROMOTER, "CNY") == RULE.amount_minor
    rewards.assert_books_balance()


def test_of_a_hundred_who_finish_at_once_the_budget_rewards_ten() -> None:
    """The others are completed, with the reason, and asked for again by the sweep."""
    put_offer()
    put_rules(replace(RULE, transactions=1, coupon=None))
    put_budget(QUOTA * RULE.amount_minor)
    members = [f"promoter-{number}" for number in range(FINISHERS)]
    for member_id in members:
        accepted(member_id)
    finishing = [(member_id, f"o-{member_id}") for member_id in members]
    print(f"\nfinishers: {at_once('count_bonus', finishing, 64)}")
    found = [item(member_id) for member_id in members]
    ends = Counter((each.state, each.reason) for each in found)
    assert ends == {
        ("rewarded", None): QUOTA,
        ("completed", "budget-exhausted"): FINISHERS - QUOTA,
    }
    assert len(rewards.rewards()) == QUOTA
    rewards.assert_books_balance()
