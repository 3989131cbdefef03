"""Rules of bonus tasks and hints: counts in any order, correlation of product types (D6, D9)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.promoters.rules import bonuses, hints
from sluice.promoters.rules.bonuses import PROMOTIONS, TRANSACTIONS, BonusRule, State, Task
from sluice.promoters.rules.hints import HintRules, Kind, OfferFigures, Pair

NOW = datetime(2026, 3, 5, 8, 0, 0, 250_000, tzinfo=UTC)
RULE = BonusRule("wechat", 3600, 5000, "CNY", transactions=3, promotions=1, reminder_seconds=60)
TASK = bonuses.accepted(Task("apples", 1, RULE), NOW)


@given(st.lists(st.tuples(st.sampled_from([TRANSACTIONS, PROMOTIONS]), st.sampled_from([1, -1]))))
def test_a_task_is_completed_exactly_while_its_quota_is_reached(
    changes: list[tuple[str, int]],
) -> None:
    """Until the reward is the promoter's own."""
    task = TASK
    for kind, change in changes:
        task = bonuses.counted(task, kind, change)
        assert (task.state is State.COMPLETED) is task.is_met
    sums = {kind: sum(n for k, n in changes if k == kind) for kind in (TRANSACTIONS, PROMOTIONS)}
    assert (task.transactions, task.promotions) == (sums[TRANSACTIONS], sums[PROMOTIONS])
    own = replace(task, state=State.REWARDED)
    assert bonuses.counted(own, TRANSACTIONS, -1).state is State.REWARDED


@pytest.mark.parametrize(
    ("milliseconds", "counted", "over"),
    [(-1, 0, 0), (0, 1, 0), (3_600_000 + 749, 1, 0), (3_600_000 + 750, 0, 1)],
)
def test_it_counts_from_acceptance_to_the_end_of_the_deadlines_second(
    milliseconds: int, counted: int, over: int
) -> None:
    at = NOW + timedelta(milliseconds=milliseconds)
    assert (bonuses.counts(TASK, at), bonuses.is_over(TASK, at)) == (counted, over)


@pytest.mark.parametrize(
    ("one", "other", "millionths"),
    [
        ("food/fruit", "food/fruit", 1_000_000),
        ("food/fruit", "food/milk", 500_000),
        ("food", "food/fruit/apples", 333_333),
        ("food/fruit", "toys/fruit", 0),
        ("toys", "games", 900_000),
        ("games", "toys", 900_000),
    ],
)
def test_types_are_as_near_as_their_paths_or_as_the_matrix_says(
    one: str, other: str, millionths: int
) -> None:
    assert hints.correlation(one, other, (Pair("toys", "games", 900_000),)) == millionths


def offer(**changes: object) -> OfferFigures:
    given: dict[str, object] = {
        "offer_id": "o",
        "merchant_id": "m",
        "product_type": "food/fruit",
        "transactions": 2,
        "promotions": 5,
        "is_published": True,
        "starts_at": NOW - timedelta(days=10),
        "ends_at": NOW + timedelta(days=10),
    }
    return OfferFigures(**given | changes)  # type: ignore[arg-type]


def test_few_is_less_than_the_threshold_of_an_offer_that_runs_for_a_while() -> None:
    few = HintRules(few_transactions=3, few_promotions=5)
    assert hints.of_offer(few, offer(), NOW) == {
        Kind.FEW_TRANSACTIONS: True,
        Kind.FEW_PROMOTIONS: False,
    }
    for changes in ({"transactions": 3}, {"is_published": False}, {"starts_at": NOW}):
        assert not any(hints.of_offer(few, offer(**changes), NOW).values()), changes
    assert not any(hints.of_offer(HintRules(), offer(), NOW).values())


def test_a_reward_should_rise_for_who_sells_much_that_is_not_their_kind() -> None:
    """Correlation under its threshold although transactions are over theirs, both strictly."""
    rules = HintRules(correlation_millionths=500_000, over_transactions=10)
    assert hints.best_type([("toys", 9), ("food/milk", 5), ("food/milk", 5)]) == "food/milk"
    assert hints.best_type([("toys", 0)]) is None
    for best, transactions, rises in (
        ("toys", 11, True),
        ("toys", 10, False),
        ("food/milk", 11, False),
        (None, 11, False),
    ):
        assert hints.is_to_raise(rules, best, offer(), transactions, NOW) is rises, best
    assert not hints.is_to_raise(HintRules(), "toys", offer(), 11, NOW)
    assert not hints.is_to_raise(rules, "toys", offer(is_published=False), 11, NOW)
