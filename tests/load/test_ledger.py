"""The ledger under many clients, on AWS's own engine (C5, D5)."""

from collections import Counter

import pytest

from sluice.rewards.rules.payouts import Order
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.store import grants, payouts, programmes
from sluice.shared import clock
from tests.load.clients import at_once
from tests.support import rewards
from tests.support.payouts import batches, rows
from tests.support.staff import NOW

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


def test_payouts_at_the_same_moment_share_no_reward_and_pay_each_row_once() -> None:
    """Three batches, each with two workers; then each row told paid and failed at once (D5)."""
    at_once("grant", list(range(200)), 32)
    names = [
        payouts.start_payout("acme", Order("CNY"), "boss", claim=None, now=NOW) for _ in range(3)
    ]
    claiming = at_once("advance", [name for name in names for _ in range(2)], 8)
    print(f"\nworkers: {claiming}")
    assert {batch.status for batch in batches()} == {"ready"}
    assert sum(int(batch.rewards) for batch in batches()) == 200
    rewards.assert_books_balance()

    asked = [(row.payout_id, row.owner_id, int(row.row)) for row in rows()]
    told = [(*row, state) for row in asked for state in ("paid", "failed")]
    settling = at_once("settle", told, 16)
    print(f"results: {settling}")
    for first, second in zip(settling.answers[::2], settling.answers[1::2], strict=True):
        assert first[0] == second[0] in {"paid", "failed"}
        assert [first[1], second[1]].count("") == 1, "one of the two is told that it is not so"
    kept = sum(int(batch.paid_minor) for batch in batches())
    assert rewards.balance_of("programme:_payouts", "CNY") == kept
    rewards.assert_books_balance()


def test_a_budget_for_three_hundred_gives_exactly_three_hundred_and_nobody_too_many() -> None:
    """500 grants of 25 people, each by two clients at once; their caps would let 375 (C5)."""
    caps = (Cap(max_count=15), Cap(period_days=366, currency="CNY", max_amount_minor=1_500))
    wanted = Programme("referral", {"CNY": 30_000}, caps=caps, hold_seconds=60)
    programmes.put_programme("acme", wanted, clock.now())
    granting = at_once("grant_limited", [n for n in range(REWARDS) for _ in range(2)], 32)
    told = Counter(granting.answers)
    print(f"\ngrants under a budget: {granting}; {dict(told)}")
    assert told["granted"] == len(rewards.rewards()) == 300
    assert told.keys() <= {"granted", "repeated", "budget-exhausted", "cap-reached"}
    assert told["cap-reached"] > 0, "who asks too often is among the first"
    each = Counter(reward.owner_id for reward in rewards.rewards())
    assert max(each.values()) <= 15
    left = programmes.budgets_of("acme", "referral")["CNY"]
    assert (left.spent_minor, left.left_minor) == (30_000, 0)
    rewards.assert_books_balance()


@pytest.mark.parametrize("budget", [{"CNY": 900_000}, {}], ids=["by its budget", "by its gates"])
def test_nothing_is_granted_once_the_programme_is_closed(budget: dict[str, int | None]) -> None:
    """Who closes it reads what was granted by then; that is what was granted in the end."""
    programmes.put_programme("acme", Programme("referral", budget), clock.now())
    asked = [*range(120), None, *range(120, 300)]
    granting = at_once("grant_limited", asked, 32)
    told = Counter(granting.answers)
    print(f"\ngrants while it closes: {granting}; {dict(told)}")
    (closed,) = (answer for answer in told if answer.startswith("closed at "))
    total = 100 * told["granted"]
    assert rewards.balance_of("programme:referral", "CNY") == -total
    assert closed == f"closed at {-total}"
    assert told["programme-closed"] == 300 - told["granted"]
    rewards.assert_books_balance()
