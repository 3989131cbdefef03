"""The shop's bonus tasks over HTTP: won on the last second, reminder, coupon, hint (D6 to D9)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.client import Organization, eventually

MINUTE = timedelta(minutes=1)
OFFER = {
    "merchant_id": "orchard",
    "product": {
        "sku": "A-1",
        "name": "Apples",
        "type": "food/fruit",
        "price_minor": 10_000,
        "url": "https://orchard.example/apples",
    },
    "currency": "CNY",
    "rules": [{"tag": "pro", "rate_millionths": 100_000}],
    "starts_at": "2026-03-01T00:00:00Z",
    "ends_at": "2035-03-01T00:00:00Z",
    "status": "published",
}
WORDS = {"title": "{product}", "body": "{missing} to go"}
RULE = {
    "channel_type": "copied",
    "deadline_seconds": 3000,
    "transactions": 3,
    "amount_minor": 5000,
    "currency": "CNY",
    "reminder_seconds": 2999,  # due two seconds after the acceptance
    "coupon": {
        "below_transactions": 2,
        "amount_minor": 500,
        "valid_seconds": 3600,
        "max_count": 9,
    },
}
RULES = {
    "rules": [RULE],
    "telling": {"strategy_id": "told", "offered": WORDS, "reminder": WORDS},
    "hints": {"min_age_seconds": 0, "few_transactions": 9, "few_promotions": 1},
}


def prepare(acme: Organization) -> None:
    """Put a merchant, two promoters, an offer, a strategy and the settings."""
    acme.put_member("orchard", "merchant", login=True)
    for member_id in ("mei", "bo"):
        member = {"name": member_id, "roles": ["promoter"], "tags": ["pro"]}
        acme.operator.put(f"{acme.path}/members/{member_id}", member).expect(200)
    acme.operator.put(f"{acme.path}/offers/apples", OFFER).expect(200)
    channel = {"channel": "app", "wait_seconds": 60, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/told", strategy).expect(200)
    acme.operator.put(f"{acme.path}/bonus-rules", RULES).expect(200)


def share(acme: Organization, member_id: str) -> None:
    path = f"{acme.path}/promoters/{member_id}/tasks/apples/shares"
    acme.operator.post(path, {"channel_type": "copied"}).expect(201)


def task(acme: Organization, member_id: str) -> dict[str, Any] | None:
    path = f"{acme.path}/promoters/{member_id}/bonus-tasks"
    items: list[dict[str, Any]] = acme.operator.get(path).expect(200).json["items"]
    return items[0] if items else None


def reached(acme: Organization, member_id: str, state: str, transactions: int) -> dict[str, Any]:
    """Wait until a promoter's task stands so."""

    def look() -> dict[str, Any] | None:
        found = task(acme, member_id)
        fits = found and (found["state"], found["counted"]["transactions"]) == (state, transactions)
        return found if fits else None

    return eventually(f"the task of {member_id} to be {state}", look)


def pay(acme: Organization, code: str, order_id: str, at: datetime, **more: str) -> dict[str, Any]:
    data = {
        "order_id": order_id,
        "offer_id": "apples",
        "amount_minor": 10_000,
        "currency": "CNY",
        "paid_at": at.isoformat(),
        "promoter_code": code,
        **more,
    }
    answer = acme.post_event("payments", "payment.settled.v1", data).expect(202)
    paid: dict[str, Any] = answer.json
    return paid


def sweep(acme: Organization) -> None:
    """Let the schedule come, which it does once a minute."""
    acme.deployment.run("SweepBonusTasks")


def pushes(acme: Organization, member_id: str) -> int:
    return len(acme.operator.get(f"{acme.path}/pushes?user_id={member_id}").json["items"])


def test_a_bonus_task_is_won_on_the_last_second(acme: Organization) -> None:
    """D6 to D8: two promoters share; one is in time, the other a second late."""
    prepare(acme)
    codes, deadlines = {}, {}
    for member_id in ("mei", "bo"):
        share(acme, member_id)
        reached(acme, member_id, "offered", 0)
        path = f"{acme.path}/promoters/{member_id}"
        answer = acme.operator.post(f"{path}/tasks/apples/link", {})
        codes[member_id] = str(answer.expect(200, 201).json["code"])
        asked = {"offer_id": "apples", "channel_type": "copied"}
        accepted = acme.operator.post(f"{path}/bonus-tasks", asked).expect(200).json
        deadlines[member_id] = datetime.fromisoformat(accepted["deadline_at"])
        pay(acme, codes[member_id], f"{member_id}-0", datetime.now(UTC))
        reached(acme, member_id, "accepted", 1)

    def visit() -> dict[str, Any]:
        return dict(acme.anyone.get(f"/t/{codes['mei']}").expect(200).json)

    assert "coupon" not in visit(), "two are missing: not less than two"
    pay(acme, codes["mei"], "mei-1", datetime.now(UTC))
    reached(acme, "mei", "accepted", 2)
    coupon = visit()["coupon"]["code"]

    def reminded() -> bool | None:
        sweep(acme)
        return pushes(acme, "bo") == 2 or None  # of the task, and that time is short

    eventually("the reminder", reminded)
    assert task(acme, "bo")["reminded_at"]  # type: ignore[index]

    late = deadlines["bo"] + timedelta(seconds=1)
    pay(acme, codes["bo"], "bo-late", late)
    paid = pay(acme, codes["mei"], "mei-last", deadlines["mei"], coupon=coupon)
    assert (paid["member_id"], paid["coupon"]) == ("mei", coupon)
    won = reached(acme, "mei", "rewarded", 3)
    assert won["reward_id"]
    again = pay(acme, codes["mei"], "mei-again", datetime.now(UTC), coupon=coupon)
    assert "coupon" not in again, "it was used"
    reached(acme, "mei", "rewarded", 4)
    assert acme.account("mei")["balances"][0]["balance_minor"] == 5000 + 4 * 1000
    reached(acme, "bo", "accepted", 1)


def test_a_merchant_is_told_of_an_offer_that_hardly_sells(acme: Organization) -> None:
    """D9."""
    prepare(acme)
    merchant = acme.members["orchard"]

    def hinted() -> list[str] | None:
        sweep(acme)
        found = merchant.get(f"{acme.path}/merchants/orchard/hints").expect(200).json["items"]
        hints = [hint["hint"] for hint in found]
        return hints if len(hints) > 1 else None

    assert eventually("both hints", hinted) == ["few-promotions", "few-transactions"]
    merchant.get(f"{acme.path}/merchants/mei/hints").expect(403)
