"""Promoters' links, who follows them, and what is paid (D4, D5)."""

from functools import partial
from typing import Any

from sluice.rewards.rules.checks import Checks
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import moves, programmes
from sluice.shared.guard import Transaction
from tests.faults.operations import Call, case, partner, staff
from tests.faults.world import MINUTES, World
from tests.support.events import ORGANIZATION, http
from tests.support.push import channel, put_strategy
from tests.support.rewards import rewards
from tests.support.routes import PAYMENT, REFUND
from tests.support.task_payments import ANN, BEN, BROWSER, brought, link, put_offer, put_people

TASK = {"member_id": ANN, "offer_id": "apples"}
SHARES = "POST ORG/promoters/{member_id}/tasks/{offer_id}/shares"
LINK = "POST ORG/promoters/{member_id}/tasks/{offer_id}/link"


def with_task(world: World) -> None:
    """Put an offer, its merchant and two promoters."""
    put_people(world.now)
    put_offer()


@case("promoters/issue_task_link: the first")
def issue_task_link(world: World) -> Call:
    with_task(world)
    return staff(world, "promoters/issue_task_link", LINK, {}, path=TASK)


@case("promoters/follow_task_link: a visitor's second link")
def follow_task_link(world: World) -> Call:
    with_task(world)
    first, second = (link(member_id)[1]["code"] for member_id in (ANN, BEN))
    _, cookie = brought(first)
    headers = BROWSER | {"Cookie": cookie}
    event = http("GET /t/{code}", path={"code": second}, headers=headers)
    return partial(world.ask, "promoters/follow_task_link", event)


@case("promoters/share_task: copied")
def share_task(world: World) -> Call:
    with_task(world)
    body = {"channel_type": "wechat-group"}
    return staff(world, "promoters/share_task", SHARES, body, path=TASK)


@case("promoters/share_task: by a push")
def share_task_by_push(world: World) -> Call:
    with_task(world)
    put_strategy(channel("sms"))
    body = {"channel_type": "sms", "user_id": "u-1", "strategy_id": "cheapest-first"}
    return staff(world, "promoters/share_task", SHARES, body, path=TASK)


def paying(world: World, **changes: Any) -> Call:
    """Return the shop's call of a payment through Ben's link, under a budget and a check."""
    with_task(world)
    put_offer(platform_fee_millionths=20_000)
    budget = Programme("offer-apples", budget={"CNY": 10_000}, checks=Checks(self_referral=True))
    programmes.put_programme(ORGANIZATION, budget, world.now)
    token, _ = brought(link(BEN)[1]["code"])
    data = PAYMENT | {
        "paid_at": world.now.isoformat(),
        "visitor_token": token,
        "buyer": [{"kind": "email", "value": "bob@people.example"}],
    }
    del data["promoter_code"], data["coupon"]
    name, kind = "promoters/record_payment", "payments"
    return partner(world, name, kind, "payment.settled.v1", data | changes)


def refunding(world: World) -> Call:
    """Return the shop's call of a refund."""
    data = REFUND | {"refunded_at": world.now.isoformat(), "amount_minor": 3333}
    name, kind = "promoters/record_refund", "refunds"
    return partner(world, name, kind, "payment.refunded.v1", data)


@case("promoters/record_payment: through a link, under a budget and a check")
def record_payment(world: World) -> Call:
    return paying(world)


@case("promoters/record_payment: part of it was refunded before")
def record_payment_late(world: World) -> Call:
    refunding(world)()
    return paying(world)


@case("promoters/record_payment: told of after the offer was paused")
def record_payment_paused(world: World) -> Call:
    call = paying(world)
    world.wait()
    put_offer(platform_fee_millionths=20_000, status="paused")
    return call


@case("promoters/record_refund: a part")
def record_refund(world: World) -> Call:
    paying(world)()
    return refunding(world)


@case("promoters/settle_refunds: a payout had a part")
def settle_refunds(world: World) -> Call:
    paying(world)()
    (item,) = (item for item in rewards() if item.owner_id == BEN)
    transaction = Transaction()
    moves.add_claim(transaction, ORGANIZATION, item, "payout-1")
    transaction.commit()
    refunding(world)()
    (item,) = (item for item in rewards() if item.owner_id == BEN)
    transaction = Transaction()
    moves.add_release(transaction, ORGANIZATION, item)
    transaction.commit()

    def sweep() -> None:  # again and again, as the schedule does: what failed was put off
        for _ in range(MINUTES):
            world.minute("promoters/settle_refunds")
            world.wait()

    return sweep
