"""Bonus tasks: shared, accepted, counted to the last second, rewarded once (D6, D7)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.promoters.accept_bonus_task.handler import handler as accept_bonus_task
from functions.promoters.count_bonus_tasks.handler import handler as count_bonus_tasks
from functions.promoters.put_bonus_rules.handler import handler as put_bonus_rules
from functions.promoters.read_bonus_tasks.handler import handler as read_bonus_tasks
from functions.rewards.clear_rewards.handler import handler as clear_rewards
from sluice.promoters.rules.bonuses import Message, Telling
from sluice.promoters.store import bonuses
from sluice.push.tables import Push
from sluice.rewards.rules.checks import Checks
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import grants, moves, programmes
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.bonuses import (
    APPLES,
    DAY,
    HOUR,
    MERCHANT,
    ORG,
    OTHER,
    PROMOTER,
    RULE,
    Clock,
    answer,
    item,
    put_offer,
    put_people,
    put_rules,
    recount,
    task,
)
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import channel, load, put_strategy
from tests.support.rewards import assert_books_balance, balance_of, rewards
from tests.support.staff import NOW, found_organization
from tests.support.task_payments import ask, follow, link, pay, refund

FOLDER = Path(__file__).parents[2] / "functions/promoters"
SECOND = timedelta(seconds=1)
OPERATOR, PIA = claims(), claims("promoter", PROMOTER)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with local_aws():
        found_organization()
        put_people()
        put_offer()
        put_rules()
        yield Clock(monkeypatch)
        assert_books_balance()


def accepted(at: Clock) -> None:
    at.share("s-1")
    at.now += SECOND
    assert at.accept()[0] == 200


def programme(**changes: Any) -> None:
    programmes.put_programme(ORGANIZATION, Programme("bonus", **changes), NOW)


def states() -> list[str]:
    sent = [each for each in items_of(OutboxItem) if isinstance(each, OutboxItem)]
    return sorted(each.type for each in sent if each.type.startswith("bonus_task."))


def test_the_example_events_offer_a_task_accept_it_and_list_it(at: Clock) -> None:
    for name, handler in (
        ("put_bonus_rules", put_bonus_rules),
        ("count_bonus_tasks", count_bonus_tasks),
        ("accept_bonus_task", accept_bonus_task),
    ):
        given = handler(json.loads((FOLDER / name / "event.json").read_text()), None)
        assert given is None or given["statusCode"] == 200, given
    status, page = answer(
        read_bonus_tasks(json.loads((FOLDER / "read_bonus_tasks/event.json").read_text()), None)
    )
    (shown,) = page["items"]
    assert (status, shown["state"], shown["channel_type"]) == (200, "accepted", "wechat")
    assert shown["missing"] == {"transactions": 5, "promotions": 0}
    assert shown["deadline_at"] > shown["accepted_at"]
    del at


def test_a_task_is_won_on_the_last_second_and_rewarded_once(at: Clock) -> None:
    """D6: what counts is between acceptance and the end of the deadline's second."""
    at.share("s-1")
    at.share("s-1")
    at.pay("early")
    assert (task().state, len(items_of_tasks())) == ("offered", 1)
    at.now += SECOND
    status, shown = at.accept()
    assert (status, shown["state"]) == (200, "accepted")
    start, deadline = at.now, task().deadline_at
    assert deadline == start + DAY
    assert at.accept()[1]["accepted_at"] == shown["accepted_at"], "once"
    at.pay("before", start - timedelta(milliseconds=1))
    at.pay("after", deadline + SECOND)
    for number in range(4):
        at.pay(f"o-{number}", start + number * HOUR)
        at.pay(f"o-{number}", start + number * HOUR)
    assert (task().state, task().transactions, rewards()) == ("accepted", 4, [])
    at.pay("last", deadline + timedelta(milliseconds=999))
    assert (task().state, task().transactions) == ("rewarded", 5)
    assert balance_of(PROMOTER, "CNY") == 5000
    at.pay("more", deadline)
    assert (task().transactions, len(rewards())) == (6, 1)
    assert recount(item()) == {"all": 6, "back": 0}
    assert states() == ["bonus_task.accepted.v1", "bonus_task.offered.v1", "bonus_task.rewarded.v1"]


def items_of_tasks() -> list[Any]:
    return list(bonuses.tasks_with(ORGANIZATION, PROMOTER, "apples"))


def test_one_after_the_deadline_is_missed_and_what_was_in_time_completes_it_late(at: Clock) -> None:
    accepted(at)
    start = at.now
    for number in range(4):
        at.pay(f"o-{number}")
    at.now = start + DAY + SECOND
    at.pay("late")
    at.sweep()
    assert (task().state, task().transactions) == ("missed", 4)
    at.now += DAY
    at.pay("in-time", start + DAY)
    assert task().state == "rewarded"


def test_a_quota_of_both_needs_both_and_counts_shares_of_its_channel_only(at: Clock) -> None:
    put_rules(replace(RULE, transactions=1, promotions=2, coupon=None), offer_id="apples")
    accepted(at)
    at.pay("o-1")
    at.now -= SECOND
    at.share("s-1")  # told again: it was before the acceptance
    at.now += SECOND
    at.share("s-2")
    at.share("s-3", channel_type="sms")
    at.share("s-4", OTHER)
    assert (task().state, task().promotions) == ("accepted", 1)
    at.share("s-5")
    assert task().state == "rewarded"
    assert task(OTHER).state == "offered"


def test_a_refund_uncompletes_and_takes_the_reward_back_until_it_clears(at: Clock) -> None:
    programme(hold_seconds=3600)
    accepted(at)
    paid_at = at.now
    for number in range(5):
        at.pay(f"o-{number}")
    assert (task().state, rewards()[0].state) == ("completed", "pending")
    at.refund("o-1", paid_at, is_whole=False)
    assert task().state == "completed", "in part: still a transaction"
    at.refund("o-1", paid_at)
    at.refund("o-1", paid_at)
    assert (task().state, task().transactions) == ("uncompleted", 4)
    assert [reward.state for reward in rewards()] == ["reversed"]
    at.pay("o-1", paid_at)
    assert task().transactions == 4, "it has gone back"
    at.pay("o-6")
    assert task().state == "completed"
    assert sorted(reward.state for reward in rewards()) == ["pending", "reversed"]
    at.now += HOUR + 3 * timedelta(minutes=1)
    clear_rewards({}, None)
    at.sweep()
    assert task().state == "rewarded"
    at.refund("o-2", paid_at)
    assert (task().state, task().transactions) == ("rewarded", 4)
    assert balance_of(PROMOTER, "CNY") == 5000
    assert recount(item()) == {"all": 6, "back": 2}


def test_a_refund_that_is_told_first_leaves_nothing_to_count(at: Clock) -> None:
    accepted(at)
    at.refund("o-1")
    at.pay("o-1")
    assert task().transactions == 0


def test_a_held_reward_waits_for_review_and_a_rejected_one_ends(at: Clock) -> None:
    programme(checks=Checks(self_referral=True))
    accepted(at)
    for number in range(5):
        at.pay(f"o-{number}")
    (reward,) = rewards()
    assert (task().state, reward.state) == ("completed", "held")
    at.now += HOUR + SECOND
    at.sweep()
    assert task().state == "completed"
    moves.approve(ORGANIZATION, reward.reward_id, "looked-at", "boss", at.now)
    at.now += HOUR + SECOND
    at.sweep()
    assert task().state == "rewarded"


@pytest.mark.parametrize("looked_at", [True, False])
def test_a_reward_that_somebody_took_back_is_not_earned_again(
    at: Clock, *, looked_at: bool
) -> None:
    """D10: else a refund and another payment would undo what a person decided."""
    programme(hold_seconds=7 * 86_400)
    accepted(at)
    for number in range(5):
        at.pay(f"o-{number}")
    grants.reverse(ORGANIZATION, rewards()[0].reward_id, "fraud", at.now, by="boss")
    if looked_at:
        at.now += 8 * DAY
        at.sweep()
        assert (task().state, item().reason) == ("completed", "reward-reversed")
    at.refund("o-0", item().accepted_at)
    assert task().state == "uncompleted"
    at.pay("o-9", item().accepted_at)
    assert (task().state, item().reason) == ("completed", "reward-reversed")
    at.now += DAY
    at.sweep()
    assert [reward.state for reward in rewards()] == ["reversed"]


def test_without_budget_a_task_is_completed_and_rewarded_once_there_is_one(at: Clock) -> None:
    programme(budget={"CNY": 4999})
    accepted(at)
    for number in range(5):
        at.pay(f"o-{number}")
    assert (task().state, item().reason) == ("completed", "budget-exhausted")
    assert rewards() == []
    at.now += HOUR
    at.sweep()
    assert task().state == "completed"
    programme(budget={"CNY": 5000})
    at.now += HOUR
    at.sweep()
    assert task().state == "rewarded"
    assert len(rewards()) == 1


def test_a_reminder_goes_out_once_when_less_than_the_threshold_is_left(at: Clock) -> None:
    """D7: strictly less, and only while the quota is unmet."""
    put_strategy(channel("sms"))
    words = Message("{product}", "{missing} to go", "https://shop.example/")
    put_rules(telling=Telling("cheapest-first", words, words))
    at.share("s-1")
    assert len(pushed()) == 1, "told of the task"
    at.accept()
    at.pay("o-1")
    at.now = item().deadline_at - HOUR
    at.sweep()
    assert len(pushed()) == 1, "the threshold, not less"
    at.now += SECOND
    at.sweep()
    at.sweep()
    assert len(pushed()) == 2
    bodies = sorted(load(each.push_id).plan.content.body for each in pushed())
    assert bodies == ["4 to go", "5 to go"]
    assert task().reminded_at == at.now
    at.now += HOUR + SECOND
    at.sweep()
    assert (task().state, len(pushed())) == ("missed", 2)


def pushed() -> list[Push]:
    return [each for each in items_of(Push) if isinstance(each, Push) and each.item == "push"]


def test_a_visitor_of_the_link_gets_a_coupon_when_it_is_nearly_complete(at: Clock) -> None:
    """D8: as JSON, and as a parameter of the shop's page."""
    put_offer(product=replace(APPLES.product, url="https://orchard.example/apples"))
    accepted(at)
    code = link(PROMOTER)[1]["code"]
    for number in range(3):
        assert "coupon" not in follow(code, Accept="application/json")[1]
        at.pay(f"o-{number}")
    _, shown, headers = follow(code, Accept="application/json")
    assert shown["coupon"]["amount_minor"] == 500
    assert f"sluice_coupon={shown['coupon']['code']}" in shown["url"]
    cookie = headers["Set-Cookie"].split(";")[0]
    assert shown["coupon"]["code"] in follow(code, cookie)[2]["Location"], "the same again"
    assert "coupon" not in follow(code, **{"Accept": "application/json", "User-Agent": "curl/8"})[1]


def test_what_shares_payments_and_refunds_emit_is_what_is_counted(at: Clock) -> None:
    """Through their own handlers and the outbox (D4, D5, D6)."""
    at.now = datetime.now(UTC).replace(microsecond=0)  # signatures are of now
    programme(hold_seconds=3600)
    put_offer(product=replace(APPLES.product, url="https://orchard.example/apples"))
    put_rules(replace(RULE, transactions=1, coupon=None))
    path = {"organization_id": ORGANIZATION, "member_id": PROMOTER, "offer_id": "apples"}
    route = f"POST {ORG}/promoters/{{member_id}}/tasks/{{offer_id}}/shares"
    shared = http(route, path=path, body={"channel_type": "wechat"}, claims=PIA)
    assert ask("promoters/share_task", shared)[0] == 201
    at.deliver()
    at.now += SECOND
    assert at.accept()[0] == 200
    code = link(PROMOTER)[1]["code"]
    assert pay("o-1", at=at.now, promoter_code=code)[0] == 202
    at.deliver()
    assert (task().state, task().transactions) == ("completed", 1)
    assert refund("r-1", "o-1", refunded_at=at.now.isoformat())[0] == 202
    at.deliver()
    assert (task().state, task().transactions) == ("uncompleted", 0)


def test_a_strategy_that_does_not_exist_loses_no_task(at: Clock) -> None:
    put_rules(telling=Telling("none", Message("T", "B")))
    at.share("s-1")
    assert (task().state, pushed()) == ("offered", [])


def test_another_episode_begins_with_a_share_after_the_last_one(at: Clock) -> None:
    put_rules(replace(RULE, max_episodes=2))
    accepted(at)
    at.share("s-2")
    assert len(items_of_tasks()) == 1
    shared_at = at.now
    at.now += 2 * DAY
    at.sweep()
    later, at.now = at.now, shared_at
    at.share("s-2")  # told again
    assert len(items_of_tasks()) == 1
    at.now = later
    at.share("s-3")
    assert [(each.episode, each.state) for each in items_of_tasks()] == [
        (1, "missed"),
        (2, "offered"),
    ]
    assert at.accept()[1]["episode"] == 2


def test_no_task_without_a_rule_or_with_an_offer_that_does_not_run(at: Clock) -> None:
    at.share("s-1", channel_type="copied")
    put_offer(status="paused")
    at.share("s-2")
    at.tell("payment.settled.v1", {"order_id": "o", "offer_id": "apples", "member_id": None})
    assert items_of_tasks() == []
    assert at.accept()[0] == 404


def test_promoters_read_and_accept_their_own(at: Clock) -> None:
    at.share("s-1")
    assert at.accept(claims("promoter", OTHER))[0] == 403
    assert at.accept(claims("merchant", MERCHANT))[0] == 403
    assert at.accept(OPERATOR)[0] == 200
    tasks = "promoters/{member_id}/bonus-tasks"
    assert at.read(tasks, PIA, OTHER)[0] == 403
    assert at.read(tasks, OPERATOR, OTHER) == (200, {"items": []})
    put_rules(RULE, replace(RULE, channel_type="sms"))
    at.share("s-2", channel_type="sms")
    _, page = at.read(tasks, PIA, PROMOTER, limit="1")
    assert [each["channel_type"] for each in page["items"]] == ["sms"]
    _, rest = at.read(tasks, PIA, PROMOTER, limit="1", cursor=page["next_cursor"])
    assert [each["channel_type"] for each in rest["items"]] == ["wechat"]
    assert at.read(tasks, PIA, PROMOTER, cursor="none")[0] == 400


GIVEN = json.loads(json.loads((FOLDER / "put_bonus_rules/event.json").read_text())["body"])
ONE = GIVEN["rules"][0]


def put(body: Any, offer_id: str | None = None, method: str = "PUT") -> tuple[int, Any]:
    route = f"{ORG}/offers/{{offer_id}}/bonus-rules" if offer_id else f"{ORG}/bonus-rules"
    path = {"organization_id": ORGANIZATION} | ({"offer_id": offer_id} if offer_id else {})
    return answer(
        put_bonus_rules(http(f"{method} {route}", path=path, body=body, claims=OPERATOR), None)
    )


def test_settings_are_versioned_and_an_offers_come_first(at: Clock) -> None:
    assert put(GIVEN)[1]["version"] == 2
    assert put(GIVEN)[1]["version"] == 2, "the same again"
    assert put(None, method="GET")[1]["rules"] == GIVEN["rules"]
    assert put(None, "apples", method="GET")[0] == 404
    assert put({}, "pears")[0] == 404, "there is no such offer"
    one = ONE | {"transactions": 1, "coupon": None}
    assert put({"rules": [one]}, "apples")[1]["version"] == 1
    at.share("s-1")
    assert task().rule.transactions == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": [ONE, ONE]},
        {"rules": [ONE | {"transactions": 0}]},
        {"rules": [ONE | {"reminder_seconds": 604800}]},
        {"rules": [ONE | {"coupon": ONE["coupon"] | {"below_transactions": 6}}]},
        {"rules": [ONE | {"currency": "yuan"}]},
        {"programme": "Bonus"},
        {"hints": {"interval_seconds": 1}},
        {"extra": 1},
    ],
)
def test_settings_that_cannot_be_are_refused(at: Clock, changes: dict[str, Any]) -> None:
    assert put(GIVEN | changes)[0] == 400
    assert put(GIVEN, "apples")[0] == 400, "hints are the organisation's"
    del at
