"""A campaign with customers who sign up, and what its counters say when counted again."""

import importlib
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import msgspec

from sluice.campaigns.rules.campaigns import Definition, rule_of
from sluice.campaigns.store import campaigns, known, participations
from sluice.campaigns.tables import (
    Answers,
    CampaignItem,
    Day,
    Participation,
    PersonSignup,
    Signup,
)
from sluice.codes import visitors
from sluice.codes.store import issued, pool
from sluice.codes.store.issued import Wanted
from sluice.organizations import store as organizations
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import clock
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import Table
from tests.support.aws import items_of
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION, claims, http

SIGN_UP, SHOW = "POST /s/{code}/signup", "GET /s/{code}/signup"
SIGNUPS = "/organizations/{organization_id}/campaigns/{campaign_id}/signups"
ANSWERS = {"name": "王梅", "phone": "+86 138 0000 0011", "day": "Sat"}
PEOPLE = ("zhou", "mei")
COUNTED = ("signups", "participations", "rewards_minor")
REWARD = {"amount_minor": 2000, "currency": "CNY", "hold_days": 0, "budget_minor": 1_000_000}
CAMPAIGN: dict[str, Any] = {
    "title": "Spring outing",
    "material": ["poster", "card", "text"],
    "landing": {"headline": "Spring in the park", "text": "Music and tea."},
    "form": [
        {"name": "name", "label": "Name", "required": True, "max_length": 60},
        {"name": "phone", "label": "Phone", "type": "phone", "required": True},
        {"name": "day", "label": "Which day?", "type": "choice", "choices": ["Sat", "Sun"]},
    ],
    "salespeople": list(PEOPLE),
    "audience": {"member_ids": ["lin"]},
    "reward": REWARD,
    "status": "published",
}


def begin(campaign_id: str = "spring", cap: int = 10, **changes: Any) -> str:
    """Publish a campaign of Lin's with the salespeople Zhou and Mei; return Lin's code."""
    now = clock.now()
    for salesperson in PEOPLE:
        member = {"name": salesperson.title(), "roles": {"member"}}
        organizations.put_member(ORGANIZATION, salesperson, member, now)
        open_channel(f"c-{salesperson}", cap=cap, owner_id=salesperson)
    given = CAMPAIGN | {
        "starts_at": (now - timedelta(days=1)).isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
    }
    definition = msgspec.convert(given | changes, Definition)
    reward = definition.reward
    if reward is not None:
        name = campaigns.programme_of(campaign_id)
        budget = {reward.currency: reward.budget_minor}
        programmes.put_programme(ORGANIZATION, Programme(name, budget=budget), now)
    code = f"CODE{campaign_id.upper()}"
    transaction = Transaction()
    for item in _items(campaign_id, definition, code, now):
        transaction.put(item)
    wanted = Wanted(rule_of(definition), "lin", campaign_id, definition.ends_at, lands_on="signup")
    issued.put_code(transaction, ORGANIZATION, code, wanted, now)
    transaction.commit()
    forget()
    return code


def _items(campaign_id: str, definition: Definition, code: str, now: datetime) -> list[Table]:
    key = campaigns.key_of(ORGANIZATION, campaign_id)
    facts: dict[str, Any] = {
        "definition": msgspec.json.encode(definition).decode(),
        "title": definition.title,
        "status": definition.status,
        "version": 1,
        "starts_at": definition.starts_at,
        "ends_at": definition.ends_at,
        "currency": "CNY",
        "changed_at": now,
        "organization_id": ORGANIZATION,
        "campaign_id": campaign_id,
        "base_url": "https://s.example.com",
    }
    known_facts = {name: facts[name] for name in facts.keys() & CampaignItem.get_attributes()}
    campaign = CampaignItem(key, campaigns.LATEST, **known_facts)
    member = Participation(
        key,
        participations.name_of("lin"),
        member_id="lin",
        name="Lin",
        code=code,
        token=f"{campaign_id:0<16}",
        invited_at=now,
        told_version=1,
    )
    return [campaign, member]


def forget() -> None:
    """Let some seconds pass: functions forget what they remembered."""
    pool.forget()
    known.forget()


def ask(name: str, event: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
    """Call a function; return status, body and headers."""
    answer = importlib.import_module(f"functions.{name.replace('/', '.')}.handler").handler(
        event, None
    )
    headers = answer["headers"]
    body = answer["body"]
    return (
        answer["statusCode"],
        json.loads(body) if "json" in headers.get("Content-Type", "") else body,
        headers,
    )


def token_of(code: str, visitor: str = "v1") -> str:
    """Return the token of a visitor of a code."""
    return visitors.token(visitor, code, clock.now())


def cookie_of(visitor: str = "v1") -> str:
    """Return the cookie of a visitor."""
    return visitors.cookie(visitor, clock.now(), secure=False).split(";")[0]


def signing(code: str, visitor: str = "v1", **changes: Any) -> dict[str, Any]:
    """Return the call by which a visitor signs up."""
    body = {"visitor_token": token_of(code, visitor), "answers": ANSWERS, "consent": True}
    headers = {"accept": "application/json", "content-type": "application/json"}
    return http(SIGN_UP, path={"code": code}, body=body | changes, headers=headers)


def sign_up(code: str, visitor: str = "v1", **changes: Any) -> tuple[int, Any]:
    """Sign a visitor up; return status and answer."""
    return ask("campaigns/sign_up", signing(code, visitor, **changes))[:2]


def signed_up() -> list[Signup]:
    """Return every signup, by when they were made."""
    return sorted(of_kind(Signup, "signup#"), key=lambda each: each.signed_up_at)


def judging(customer_id: str, outcome: str, who: str = "boss", **more: Any) -> dict[str, Any]:
    """Return the call by which somebody says whether a customer took part."""
    path = {"organization_id": ORGANIZATION, "campaign_id": "spring", "customer_id": customer_id}
    caller = claims("operator" if who == "boss" else "member", who)
    body = {"outcome": outcome} | more
    return http(f"PUT {SIGNUPS}/{{customer_id}}/feedback", path=path, body=body, claims=caller)


def judge(customer_id: str, outcome: str, who: str = "boss", **more: Any) -> tuple[int, Any]:
    """Say whether a customer took part; return status and answer."""
    return ask("campaigns/record_feedback", judging(customer_id, outcome, who, **more))[:2]


def told() -> list[dict[str, Any]]:
    """Return the notices of signups that are wanted."""
    outbox = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    found = [json.loads(item.data) for item in outbox if item.type == "notice.wanted.v1"]
    return [each for each in found if each["notice"] == "campaign-signup"]


def of_kind[T: Table](model: type[T], prefix: str) -> list[T]:
    """Return the items of a kind: the table holds many."""
    return [
        item
        for item in items_of(model)
        if isinstance(item, model) and item.item.startswith(prefix)  # type: ignore[attr-defined]
    ]


def personal() -> tuple[list[Answers], list[PersonSignup]]:
    """Return what is kept of what customers wrote, and what leads to it."""
    found = [each for each in items_of(PersonSignup) if isinstance(each, PersonSignup)]
    return of_kind(Answers, "answers#"), [each for each in found if "#person#" in each.key]


def assert_counters_equal_a_recount() -> None:
    """Assert that members and days count what the signups say, and nothing else."""
    members: Counter[tuple[str, str, str]] = Counter()
    days: Counter[tuple[str, str, str]] = Counter()
    for each in of_kind(Signup, "signup#"):
        took_part, minor = each.outcome == "took-part", int(each.reward_minor or 0)
        assert (each.outcome_day is not None) == took_part
        counted = {
            "signups": (1, each.signed_up_day),
            "participations": (int(took_part), each.outcome_day),
            "cancelled": (int(each.outcome == "cancelled"), None),
            "rewards_minor": (minor, each.reward_day),
        }
        for name, (number, day) in counted.items():
            members[each.key, f"member#{each.member_id}", name] += number
            if day is not None:
                days[each.key, f"day#{each.member_id}#{day}", name] += number
    assert _stored(Participation, "member#", ("cancelled", *COUNTED)) == _without_zeros(members)
    assert _stored(Day, "day#", COUNTED) == _without_zeros(days)


def _stored(model: Any, prefix: str, names: tuple[str, ...]) -> dict[tuple[str, str, str], int]:
    return _without_zeros(
        {
            (each.key, each.item, name): int(getattr(each, name) or 0)
            for each in of_kind(model, prefix)
            for name in names
        }
    )


def _without_zeros[Key](counts: dict[Key, int]) -> dict[Key, int]:
    return {key: number for key, number in counts.items() if number}
