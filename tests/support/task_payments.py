"""A shop story on moto: a merchant's offers, promoters, their links, payments and refunds."""

import importlib
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from sluice.organizations import store as organizations
from sluice.promoters.payment_tables import Payment
from sluice.promoters.rules.offers import Offer, Product, RewardRule
from sluice.promoters.store import offers
from sluice.promoters.tables import OfferItem
from sluice.rewards.tables import Reward
from sluice.shared import clock, ids
from sluice.shared.guard import Transaction
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION, claims, http, partner_call

DAY = timedelta(days=1)
PAID_AT = clock.now() + timedelta(minutes=30)  # a shop's clock may go ahead of ours
MERCHANT, ANN, BEN = "orchard", "ann", "ben"
LINK = "POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/link"
APPLES = Product(
    "A-1", "Apples", "food/fruit", 10_000, "Red.", "https://orchard.example/apples?size=5"
)
RULES = (RewardRule("student", amount_minor=1500), RewardRule("pro", rate_millionths=100_000))
BROWSER = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}


def put_people(now: datetime) -> None:
    """Put a merchant and two promoters, Ann a student and Ben a professional."""
    for member_id, role, tags in (
        (MERCHANT, "merchant", set()),
        (ANN, "promoter", {"student"}),
        (BEN, "promoter", {"pro"}),
    ):
        email = f"{member_id}@people.example"
        member = {"name": member_id.title(), "roles": {role}, "email": email}
        if tags:
            member["tags"] = tags
        organizations.put_member(ORGANIZATION, member_id, member, now)


def put_offer(offer_id: str = "apples", **changes: Any) -> Offer:
    """Put an offer that runs, or its next version."""
    before = offers.find(ORGANIZATION, offer_id)
    settings: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "product": APPLES,
        "currency": "CNY",
        "rules": RULES,
        "starts_at": clock.now() - DAY,
        "ends_at": clock.now() + 300 * DAY,
        "programme": f"offer-{offer_id}",
        "status": "published",
        "version": before.version + 1 if before else 1,
    }
    offer = Offer(offer_id=offer_id, **(settings | changes))
    transaction = Transaction()
    for name in (offers.LATEST, offers.name_of(offer.version)):
        item = OfferItem(
            ids.key(ORGANIZATION, offer_id),
            name,
            definition=msgspec.json.encode(offer).decode(),
            merchant_id=offer.merchant_id,
            status=offer.status,
            version=offer.version,
            changed_at=clock.now(),
        )
        transaction.put(item)
    transaction.commit()
    return offer


def ask(name: str, event: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
    """Call a function; return status, body and headers."""
    found: Any = importlib.import_module(f"functions.{name.replace('/', '.')}.handler")
    answer = found.handler(event, None)
    body = answer.get("body")
    is_json = "json" in answer.get("headers", {}).get("Content-Type", "")
    return answer["statusCode"], json.loads(body) if is_json else body, answer["headers"]


def link(
    member_id: str, offer_id: str = "apples", *, caller: dict[str, str] | None = None, key: str = ""
) -> tuple[int, Any]:
    """Ask for a promoter's link."""
    path = {"organization_id": ORGANIZATION, "member_id": member_id, "offer_id": offer_id}
    headers = {"Idempotency-Key": key} if key else {}
    signed = caller or claims("promoter", member_id)
    event = http(LINK, path=path, headers=headers, claims=signed)
    status, body, _ = ask("promoters/issue_task_link", event)
    return status, body


def follow(code: str, cookie: str = "", **headers: str) -> tuple[int, Any, dict[str, str]]:
    """Follow a link as a browser does."""
    given = BROWSER | headers | ({"Cookie": cookie} if cookie else {})
    return ask(
        "promoters/follow_task_link", http("GET /t/{code}", path={"code": code}, headers=given)
    )


def brought(code: str, cookie: str = "") -> tuple[str, str]:
    """Follow a link; return the visitor's token, as the shop gets it, and the cookie."""
    status, _, headers = follow(code, cookie)
    assert status == 302, status
    (token,) = parse_qs(urlsplit(headers["Location"]).query)["sluice_visitor"]
    return token, headers["Set-Cookie"].split(";")[0]


_sent = iter(range(10**9))


def tell(kind: str, event_type: str, data: Any, webhook_id: str = "") -> tuple[int, Any]:
    """Tell of something as the partner does."""
    name = "record_payment" if kind == "payments" else "record_refund"
    route = f"POST /partners/{{organization_id}}/{kind}"
    webhook_id = webhook_id or f"shop-{next(_sent)}"
    event = partner_call(route, event_type, data, clock.now(), webhook_id=webhook_id)
    status, body, _ = ask(f"promoters/{name}", event)
    return status, body


def pay(
    order_id: str, *, webhook_id: str = "", at: datetime | None = None, **changes: Any
) -> tuple[int, Any]:
    """Tell of a payment of 100.00 for apples."""
    data = {
        "order_id": order_id,
        "offer_id": "apples",
        "amount_minor": 10_000,
        "currency": "CNY",
        "paid_at": (at or PAID_AT).isoformat(),
    }
    return tell("payments", "payment.settled.v1", data | changes, webhook_id)


def refund(
    refund_id: str, order_id: str, *, kind: str = "refunds", **changes: Any
) -> tuple[int, Any]:
    """Tell of a refund or a chargeback; of all where no amount is given."""
    types = {"refunds": "payment.refunded.v1", "chargebacks": "payment.charged_back.v1"}
    data = {"order_id": order_id, "refund_id": refund_id, "refunded_at": PAID_AT.isoformat()}
    return tell(kind, types[kind], data | changes)


def assert_payments_add_up() -> None:
    """Count again what each payment's parts are, and what was taken back of them (D5)."""
    given = {item.reward_id: item for item in items_of(Reward) if isinstance(item, Reward)}
    for item in items_of(Payment):
        if not isinstance(item, Payment) or item.item != "payment" or item.state != "settled":
            continue
        parts = {
            "promoter": int(item.promoter_minor),
            "merchant": int(item.merchant_minor),
            "platform": int(item.platform_minor),
        }
        if item.merchant_id is not None:
            assert sum(parts.values()) == item.amount_minor
        found = {side: given[reward_id] for side, reward_id in item.rewards.items()}
        assert {side: part for side, part in parts.items() if part} == {
            side: int(reward.amount_minor) for side, reward in found.items()
        }
        taken = sum(int(reward.reversed_minor or 0) for reward in found.values())
        assert taken == (item.refunded_minor if found else 0)
        told = max(item.parts_minor, item.total_minor)
        refunded = item.amount_minor if item.is_whole else min(told, item.amount_minor)
        assert (item.due_at is None) == (item.refunded_minor == refunded)
