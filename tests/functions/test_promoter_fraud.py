"""Fraud of promoters: own purchases, speed and second accounts wait for a person (D10)."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from functions.promoters.count_bonus_tasks.handler import handler as count_bonus_tasks
from functions.rewards.decide_reward.handler import handler as decide_reward
from functions.rewards.list_rewards.handler import handler as list_rewards
from sluice.organizations import store
from sluice.promoters.rules.bonuses import BonusRule, BonusRules
from sluice.promoters.store import bonus_settings, bonus_telling, bonuses
from sluice.promoters.store.bonuses import Share
from sluice.rewards.rules.checks import Checks, Velocity
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import items, programmes
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.rewards import assert_books_balance, balance_of
from tests.support.staff import found_organization
from tests.support.task_payments import ANN, BEN, ask, brought, link, pay, put_offer, put_people

ORG = "/organizations/{organization_id}"
SHARES = f"POST {ORG}/promoters/{{member_id}}/tasks/{{offer_id}}/shares"
TWIN = "anna"
CHECKS = Checks(self_referral=True, duplicate_account=True, velocities=(Velocity(86_400, 2),))


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        twin = {"name": "Anna", "roles": {"promoter"}, "tags": {"student"}}
        email = {"email": "ann@people.example"}
        store.put_member(ORGANIZATION, TWIN, twin | email, clock.now())
        put_offer()
        settings = Programme("offer-apples", checks=CHECKS)
        programmes.put_programme(ORGANIZATION, settings, clock.now())
        yield
        assert_books_balance()


def sell(member_id: str, order_id: str, buyer: str) -> dict[str, Any]:
    """Let somebody buy through a promoter's link; return the promoter's reward as it is listed."""
    token, _ = brought(link(member_id)[1]["code"])
    identity = {"kind": "email", "value": buyer}
    status, paid = pay(order_id, at=clock.now(), visitor_token=token, buyer=[identity])
    assert (status, paid["member_id"]) == (202, member_id)
    (found,) = [each for each in queue() if each["reward_id"] == paid["rewards"]["promoter"]]
    return found


def queue() -> list[dict[str, Any]]:
    """Return what waits for a decision, and what does not, newest first."""
    found = []
    owners = [{"owner_id": owner_id} for owner_id in (ANN, BEN, TWIN)]
    for query in ({"state": "held"}, *owners):
        path = {"organization_id": ORGANIZATION}
        event = http(f"GET {ORG}/rewards", path=path, query=query, claims=claims())
        found += json.loads(list_rewards(event, None)["body"])["items"]
    return list({each["reward_id"]: each for each in found}.values())


def decide(reward_id: str, decision: str) -> int:
    path = {"organization_id": ORGANIZATION, "reward_id": reward_id}
    body = {"decision": decision, "reason": "looked-at"}
    route = f"POST {ORG}/rewards/{{reward_id}}/decision"
    return int(
        decide_reward(http(route, path=path, body=body, claims=claims()), None)["statusCode"]
    )


def test_what_looks_like_fraud_waits_in_the_review_queue() -> None:
    first = sell(ANN, "o-1", "kim@people.example")
    assert first["state"] == "cleared"
    own = sell(ANN, "o-2", "Ann@people.example")
    assert (own["state"], own["reasons"]) == ("held", ["self-referral"])
    fast = sell(ANN, "o-3", "lee@people.example")
    assert (fast["state"], fast["reasons"]) == ("held", ["velocity"])
    twin = sell(TWIN, "o-4", "lee@people.example")
    assert (twin["state"], twin["reasons"]) == ("held", ["duplicate-account"])
    assert balance_of(ANN, "CNY") == 1500
    assert decide(fast["reward_id"], "approve") == 200
    assert decide(own["reward_id"], "reject") == 200
    assert (balance_of(ANN, "CNY"), balance_of(TWIN, "CNY")) == (3000, 0)


def test_a_second_account_is_found_too_where_links_came_by_sharing_alone() -> None:
    """D10: whoever gets a link, their identities are theirs from then on."""
    told = []
    for member_id in (ANN, TWIN):
        path = {"organization_id": ORGANIZATION, "member_id": member_id, "offer_id": "apples"}
        signed = claims("promoter", member_id)
        event = http(SHARES, path=path, body={"channel_type": "sms"}, claims=signed)
        token, _ = brought(ask("promoters/share_task", event)[1]["url"].rsplit("/", 1)[1])
        buyer = [{"kind": "email", "value": "kim@people.example"}]
        paid = pay(f"o-{member_id}", at=clock.now(), visitor_token=token, buyer=buyer)[1]
        told.append(items.find_reward(ORGANIZATION, paid["rewards"]["promoter"]))
    assert [(each.state, each.reasons) for each in told if each] == [
        ("cleared", None),
        ("held", ["duplicate-account"]),
    ]


def test_a_bonus_that_payments_under_review_helped_to_win_is_reviewed_too() -> None:
    """D6, D10: own purchases would be worth while for the bonus alone."""
    offered_at = clock.now()
    rule = BonusRule("wechat", 86_400, 5000, "CNY", transactions=2)
    bonus_settings.put(ORGANIZATION, None, BonusRules((rule,)), offered_at)
    for member_id in (ANN, BEN):
        share = Share(member_id, "apples", "wechat", offered_at)
        assert bonus_telling.offer(ORGANIZATION, share, offered_at) is not None
        bonuses.accept(ORGANIZATION, member_id, "apples", "wechat", offered_at)
    for number, buyer in enumerate(("kim", "lee")):
        sell(BEN, f"b-{number}", f"{buyer}@people.example")
        sell(ANN, f"a-{number}", "ann@people.example")
    for item in items_of(OutboxItem):
        if isinstance(item, OutboxItem) and item.type == "payment.settled.v1":
            detail = msgspec.to_builtins(event_of(item))
            count_bonus_tasks({"detail-type": item.type, "detail": detail}, None)
    assert bonus(BEN) == ("rewarded", "cleared", [])
    assert bonus(ANN) == ("completed", "held", ["held-payment"])


def bonus(member_id: str) -> tuple[str, str, list[str]]:
    (task,) = bonuses.tasks_with(ORGANIZATION, member_id, "apples")
    found = items.find_reward(ORGANIZATION, task.reward_id)
    assert found is not None
    return task.state, found.state, list(found.reasons or [])
