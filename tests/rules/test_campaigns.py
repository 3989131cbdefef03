"""What a campaign is, and which of its changes are allowed (B1)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from sluice.campaigns.rules import campaigns as rules
from sluice.campaigns.rules.campaigns import Campaign, Definition, Field, Reward

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def definition(**changed: Any) -> Definition:
    given = {
        "title": "Spring",
        "starts_at": START,
        "ends_at": START + timedelta(days=10),
        "material": ["poster"],
        "landing": {"headline": "Come"},
        "salespeople": ["zhou"],
        "audience": {"everyone": True},
    }
    return msgspec.convert(given | changed, Definition)


def campaign(before: Definition, currency: str | None = None) -> Campaign:
    return Campaign(
        organization_id="acme",
        campaign_id="spring",
        version=1,
        definition=before,
        currency=currency,
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({}, ""),
        ({"ends_at": START}, "ends_at"),
        ({"ends_at": START + timedelta(days=366)}, ""),
        ({"ends_at": START + timedelta(days=366, seconds=1)}, "ends_at"),
        ({"audience": {}}, "audience"),
        ({"audience": {"everyone": True, "member_ids": ["lin"]}}, "audience"),
        ({"audience": {"member_ids": ["lin"]}}, ""),
        ({"audience": {"member_ids": ["lin", "lin"]}}, "audience.member_ids"),
        ({"material": ["text", "text"]}, "material"),
        ({"text_template": "{nobody}"}, "text_template"),
        ({"salespeople": ["zhou", "zhou"]}, "salespeople"),
        ({"form": [{"name": "a", "label": "A"}, {"name": "a", "label": "B"}]}, "form"),
        ({"form": [{"name": "a", "label": "A", "type": "choice"}]}, "form"),
        ({"form": [{"name": "a", "label": "A", "choices": ["x", "y"]}]}, "form"),
        ({"form": [{"name": "a", "label": "A", "type": "choice", "choices": ["x", "x"]}]}, "form"),
        ({"form": [{"name": "a", "label": "A", "type": "date", "max_length": 9}]}, "form"),
        ({"form": [{"name": "a", "label": "A", "max_length": 9}]}, ""),
        ({"reward": {"amount_minor": 5, "currency": "CNY", "budget_minor": 4}}, "reward"),
        ({"reward": {"amount_minor": 5, "currency": "CNY", "budget_minor": 5}}, ""),
    ],
)
def test_what_is_wrong_with_a_campaign_is_named(changed: dict[str, Any], field: str) -> None:
    found = [name for name, _ in rules.faults(definition(**changed))]
    assert found == ([field] if field else [])


@pytest.mark.parametrize("before", ["draft", "published", "ended"])
@pytest.mark.parametrize("after", ["draft", "published", "ended"])
def test_a_campaign_is_a_draft_then_published_then_ended(before: str, after: str) -> None:
    is_allowed = (before, after) in {
        ("draft", "draft"),
        ("draft", "published"),
        ("published", "published"),
        ("published", "ended"),
        ("ended", "ended"),
    }
    follows = rules.may_follow(campaign(definition(status=before)), definition(status=after))
    assert follows is is_allowed


def test_what_has_ended_stays_word_for_word() -> None:
    ended = definition(status="ended")
    assert rules.may_follow(campaign(ended), ended)
    assert not rules.may_follow(campaign(ended), definition(status="ended", title="Summer"))


def test_the_currency_of_a_published_reward_is_for_good() -> None:
    yuan = definition(status="published", reward={"amount_minor": 5, "currency": "CNY"})
    euro = definition(status="published", reward={"amount_minor": 5, "currency": "EUR"})
    kept = rules.currency_of(None, yuan)
    assert kept == "CNY"
    without = campaign(
        definition(status="published"), rules.currency_of(campaign(yuan, kept), yuan)
    )
    assert rules.may_follow(without, yuan)
    assert not rules.may_follow(without, euro)
    draft = msgspec.structs.replace(euro, status="draft")
    assert rules.currency_of(None, draft) is None


def test_times_without_an_offset_are_local_ones() -> None:
    given = definition(starts_at=datetime(2026, 3, 1, 9), ends_at=START + timedelta(days=3))  # noqa: DTZ001
    found = rules.localized(given, ZoneInfo("Asia/Shanghai"))
    assert found.starts_at.astimezone(UTC) == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert found.ends_at == given.ends_at


def test_codes_give_the_campaigns_salespeople_alone() -> None:
    rule = rules.rule_of(definition(salespeople=["zhou", "wu"]))
    assert (rule.owners, rule.own_first, rule.kind) == (("zhou", "wu"), False, "contact")


def test_a_definition_is_read_back_as_it_was_stored() -> None:
    given = definition(
        form=[{"name": "size", "label": "Size", "type": "choice", "choices": ["S", "M"]}],
        reward={"amount_minor": 500, "currency": "CNY", "hold_days": 7},
    )
    stored = msgspec.json.encode(given)
    assert msgspec.json.decode(stored, type=Definition) == given
    assert given.form == (Field("size", "Size", "choice", choices=("S", "M")),)
    assert given.reward == Reward(500, "CNY", 7)
