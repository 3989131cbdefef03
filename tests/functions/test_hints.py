"""Hints to merchants: found by a sweep over figures, told once an episode, read by them (D9)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sluice.promoters.bonus_tables import HintRound
from sluice.promoters.rules.hints import HintRules
from sluice.promoters.store import figures, hint_rounds
from sluice.promoters.tables import OwnFigures, PromoterTotal, Standing
from sluice.push.tables import Push
from tests.support.aws import items_of, local_aws
from tests.support.bonuses import (
    APPLES,
    DAY,
    HOUR,
    MERCHANT,
    PROMOTER,
    Clock,
    put_offer,
    put_people,
    put_rules,
)
from tests.support.events import ORGANIZATION, claims
from tests.support.push import channel, load, put_strategy
from tests.support.staff import NOW, found_organization

HINTS = "merchants/{member_id}/hints"
RULES = HintRules(
    interval_seconds=3600,
    min_age_seconds=0,
    few_transactions=5,
    few_promotions=3,
    correlation_millionths=400_000,
    over_transactions=10,
    strategy_id="cheapest-first",
    title="{product}",
    body="{hint} {promoter}",
)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with local_aws():
        found_organization()
        put_people()
        put_strategy(channel("sms"))
        put_offer()
        yield Clock(monkeypatch)


def stands(offer_id: str, transactions: int, promotions: int, **more: Any) -> None:
    """Write what an offer counts."""
    given: dict[str, Any] = {"product_type": "food/fruit", "is_published": True} | more
    Standing(
        *figures.standing_key(ORGANIZATION, offer_id),
        transactions=transactions,
        promotions=promotions,
        merchant_id=MERCHANT,
        starts_at=APPLES.starts_at,
        ends_at=APPLES.ends_at,
        **given,
    ).save()


def sells(offer_id: str, transactions: int) -> None:
    """Write what a promoter sold."""
    key = figures.promoter_key(ORGANIZATION, PROMOTER)
    OwnFigures(key, figures.own_name(offer_id), transactions=transactions, promotions=1).save()
    PromoterTotal(*figures.total_key(ORGANIZATION, "all", PROMOTER), transactions=1).save()


def hints(at: Clock) -> list[tuple[str, str, bool, int]]:
    """Return the hints as the merchant reads them."""
    _, page = at.read(HINTS, claims("merchant", MERCHANT), MERCHANT)
    return [(h["hint"], h["offer_id"], h["is_open"], h["episode"]) for h in page["items"]]


def told() -> list[str]:
    found = [each for each in items_of(Push) if isinstance(each, Push)]
    ids = {each.push_id for each in found if each.item == "push" and each.user_id == MERCHANT}
    return sorted(load(push_id).plan.content.body for push_id in ids)


def test_each_kind_of_hint_opens_is_told_once_and_ends_when_it_stops(at: Clock) -> None:
    stands("apples", 4, 9)
    stands("pears", 20, 2)
    stands("milk", 0, 0, is_published=False)
    stands("toys", 40, 9, product_type="toys/wood")
    sells("toys", 30)
    sells("apples", 11)
    sells("pears", 10)
    put_rules(hints=RULES)
    at.sweep()
    found = [
        ("few-promotions", "pears", True, 1),
        ("few-transactions", "apples", True, 1),
        ("raise-reward", "apples", True, 1),
    ]
    assert hints(at) == found
    assert told() == ["few-promotions ", "few-transactions ", "raise-reward pia"]
    at.now += HOUR
    at.sweep()
    assert (hints(at), len(told())) == (found, 3), "once an episode"
    stands("apples", 12, 9)
    at.now += HOUR
    at.sweep()
    assert hints(at)[1] == ("few-transactions", "apples", False, 1)
    stands("apples", 1, 9)
    at.now += HOUR
    at.sweep()
    assert hints(at)[1] == ("few-transactions", "apples", True, 2)
    assert len(told()) == 4


def test_a_search_goes_on_where_it_was_and_covers_every_offer(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a run may look at."""
    for number in range(25):
        stands(f"offer-{number}", 0, 9)
    monkeypatch.setattr(hint_rounds, "OFFERS", 4)
    monkeypatch.setattr(hint_rounds, "PAGES", 3)
    put_rules(hints=HintRules(min_age_seconds=0, few_transactions=1))
    runs = 0
    while (search := HintRound.get(f"{ORGANIZATION}#bonus", "round")).due_at <= at.now:
        assert search.version <= 1 + 3 * runs
        at.sweep()
        runs += 1
    assert runs > 2
    assert len(hints(at)) == 25
    assert search.due_at == at.now + DAY
    assert told() == [], "nobody said how"


def test_merchants_read_their_own_in_pages(at: Clock) -> None:
    for name in ("a", "b"):
        stands(name, 0, 9)
    put_rules(hints=HintRules(min_age_seconds=0, few_transactions=1))
    at.sweep()
    own = claims("merchant", MERCHANT)
    assert at.read(HINTS, own, "dairy")[0] == 403
    assert at.read(HINTS, claims("promoter", PROMOTER), PROMOTER)[0] == 403
    _, page = at.read(HINTS, own, MERCHANT, limit="1")
    assert [each["offer_id"] for each in page["items"]] == ["a"]
    assert page["items"][0]["transactions"] == 0
    _, rest = at.read(HINTS, claims(), MERCHANT, cursor=page["next_cursor"])
    assert [each["offer_id"] for each in rest["items"]] == ["b"]
    assert page["items"][0]["since"].startswith(f"{NOW:%Y-%m-%d}")


def test_without_hints_in_the_settings_the_search_ends(at: Clock) -> None:
    put_rules(hints=HintRules(few_transactions=1))
    put_rules()
    at.sweep()
    assert HintRound.get(f"{ORGANIZATION}#bonus", "round").due_at is None
