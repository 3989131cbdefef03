"""Offers: what is valid, what may follow, and that a payment's parts add up (D1, D2, D5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.promoters.rules import commissions, offers
from sluice.promoters.rules.offers import MILLION, Offer, Product, RewardRule, Tier

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
OFFER = Offer(
    offer_id="apples",
    merchant_id="shop",
    product=Product("A1", "Apples", "food/fruit", 1000),
    currency="CNY",
    rules=(RewardRule("student", amount_minor=150), RewardRule("pro", rate_millionths=200_000)),
    starts_at=NOW - timedelta(days=1),
    ends_at=NOW + timedelta(days=30),
    programme="offer-1",
    platform_fee_millionths=10_000,
    status=offers.PUBLISHED,
)


def test_a_sound_offer_has_no_faults() -> None:
    assert offers.faults(OFFER, NOW) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_at": NOW - timedelta(days=2)}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=5000)}, "ends_at"),
        ({"ends_at": NOW}, "ends_at"),
        ({"rules": (RewardRule("a", 1), RewardRule("a", 2))}, "rules"),
        ({"rules": (RewardRule("a"),)}, "rules"),
        ({"rules": (RewardRule("a", 1, 1),)}, "rules"),
        ({"rules": (RewardRule("a", 991),)}, "rules"),
        ({"rules": (RewardRule("a", rate_millionths=990_001),)}, "rules"),
        ({"rules": (RewardRule("a", 1, tiers=(Tier(2, 2), Tier(2, 3))),)}, "rules"),
        ({"rules": (RewardRule("a", 1, tiers=(Tier(1, 991),)),)}, "rules"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    assert {name for name, _ in offers.faults(replace(OFFER, **change), NOW)} == {field}


def test_a_draft_may_be_over_and_a_cap_makes_a_fixed_reward_fit() -> None:
    assert offers.faults(replace(OFFER, ends_at=NOW, status=offers.DRAFT), NOW) == []
    assert offers.faults(replace(OFFER, rules=(RewardRule("a", 5000, cap_minor=990),)), NOW) == []


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("draft", "published", True),
        ("draft", "paused", False),
        ("published", "draft", False),
        ("published", "paused", True),
        ("paused", "published", True),
        ("paused", "ended", True),
        ("ended", "published", False),
        ("ended", "ended", True),
    ],
)
def test_what_may_follow_a_status(before: str, after: str, may: bool) -> None:  # noqa: FBT001
    first = replace(OFFER, status=before, version=3)
    assert offers.may_follow(first, replace(first, status=after, version=0)) is may
    assert not offers.may_follow(first, replace(first, status=after, currency="USD"))
    assert not offers.may_follow(first, replace(first, status=after, merchant_id="other"))


def test_an_ended_offer_changes_in_nothing() -> None:
    ended = replace(OFFER, status=offers.ENDED)
    assert not offers.may_follow(ended, replace(ended, rules=()))


def test_an_offer_runs_while_it_is_published_and_in_its_time() -> None:
    assert offers.is_running(OFFER, OFFER.starts_at)
    assert not offers.is_running(OFFER, OFFER.ends_at)
    assert not offers.is_running(OFFER, OFFER.starts_at - timedelta(milliseconds=1))
    assert not offers.is_running(replace(OFFER, status=offers.PAUSED), NOW)


@pytest.mark.parametrize(
    ("tags", "transactions", "expected"),
    [
        (set(), 0, None),
        ({"teacher"}, 0, None),
        ({"student"}, 0, ("student", 150)),
        ({"student", "pro"}, 0, ("pro", 200)),  # 20 % of the usual price is more than 150
        ({"student", "pro", "teacher"}, 10, ("student", 300)),  # by the tier from 10 on
    ],
)
def test_the_best_tag_gives_most_for_the_usual_price(
    tags: set[str], transactions: int, expected: tuple[str, int] | None
) -> None:
    tiered = RewardRule("student", amount_minor=150, tiers=(Tier(10, 300), Tier(20, 301)))
    offer = replace(OFFER, rules=(tiered, OFFER.rules[1]))
    best = commissions.reward_for(offer, tags, transactions)
    assert (best and (best.tag, best.amount_minor)) == expected
    if best:
        assert best.rule == commissions.rule_of(offer, best.tag)


def test_of_equal_rewards_the_tag_first_by_name_counts() -> None:
    offer = replace(OFFER, rules=(RewardRule("b", 5), RewardRule("a", 5), RewardRule("c", 4)))
    best = commissions.reward_for(offer, {"a", "b", "c"})
    assert best is not None
    assert best.tag == "a"


@pytest.mark.parametrize(
    ("rule", "amount_minor", "transactions", "expected"),
    [
        (RewardRule("a", 150), 1000, 0, 150),
        (RewardRule("a", 150), 100, 0, 100),
        (RewardRule("a", rate_millionths=333_333), 100, 0, 33),
        (RewardRule("a", rate_millionths=333_333, cap_minor=20), 100, 0, 20),
        (RewardRule("a", 1, tiers=(Tier(1, rate_millionths=500_000),)), 101, 0, 1),
        (RewardRule("a", 1, tiers=(Tier(1, rate_millionths=500_000),)), 101, 1, 50),
    ],
)
def test_a_commission_is_rounded_down_capped_and_never_more_than_the_payment(
    rule: RewardRule, amount_minor: int, transactions: int, expected: int
) -> None:
    assert commissions.commission(rule, amount_minor, transactions) == expected


_AMOUNTS = st.integers(1, 10**12)
_TIERS = st.builds(Tier, st.integers(1, 50), _AMOUNTS) | st.builds(
    Tier, st.integers(1, 50), st.none(), st.integers(0, MILLION)
)
_RULES = st.builds(
    RewardRule,
    st.just("a"),
    amount_minor=_AMOUNTS,
    tiers=st.tuples(_TIERS),
    cap_minor=st.none() | _AMOUNTS,
) | st.builds(RewardRule, st.just("a"), rate_millionths=st.integers(0, MILLION))


@given(st.none() | _RULES, st.integers(0, 10**12), st.integers(0, MILLION), st.integers(0, 100))
def test_the_parts_of_a_payment_add_up_and_none_is_negative(
    rule: RewardRule | None, amount_minor: int, fee: int, transactions: int
) -> None:
    offer = replace(OFFER, platform_fee_millionths=fee)
    parts = commissions.split(offer, rule, amount_minor, transactions)
    assert sum(parts) == amount_minor
    assert min(parts) >= 0
