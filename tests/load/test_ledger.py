"""The ledger under many clients, on AWS's own engine (C5, D5)."""

from collections import Counter

import pytest

from sluice.rewards.store import grants
from tests.load.clients import at_once
from tests.support import rewards

pytestmark = pytest.mark.proof
REWARDS = 500


def test_five_hundred_rewards_asked_twice_and_reversed_twice_are_five_hundred_each() -> None:
    """500 grants, each by two clients at once, then 500 reversals, each by two (C5).

    They are of twenty owners, so that many meet on one balance.
    """
    granting = at_once("grant", [n for n in range(REWARDS) for _ in range(2)], 64)
    print(f"\ngrants: {granting}")
    assert Counter(granting.answers) == {True: REWARDS, False: REWARDS}
    assert Counter(entry.kind for entry in rewards.entries()) == {"grant": 2 * REWARDS}
    rewards.assert_books_balance()
    total = sum(100 + n for n in range(REWARDS))
    assert rewards.balance_of("programme:referral", "CNY") == -total

    names = [grants.reward_id_of("acme", "referral", f"order:{n}") for n in range(REWARDS)]
    reversing = at_once("reverse", [name for name in names for _ in range(2)], 64)
    print(f"reversals: {reversing}")
    assert set(reversing.answers) == {"reversed"}
    kinds = Counter(entry.kind for entry in rewards.entries())
    assert kinds == {"grant": 2 * REWARDS, "reversal": 2 * REWARDS}
    assert len({reward.reversal_transfer_id for reward in rewards.rewards()}) == REWARDS
    rewards.assert_books_balance()
    for n in range(20):
        assert rewards.balance_of(f"owner-{n}", "CNY") == 0
    assert rewards.balance_of("programme:referral", "CNY") == 0
