"""The shop's story over HTTP: two promoters, three offers, payments, refunds (D4, D5, D10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.demo.client import Answer
from tests.support.client import Organization, eventually
from tests.support.offers import OFFER

FEE = 20_000  # millionths
BEGUN = datetime.now(UTC)
PROMOTERS = {"ann": "student", "ben": "pro"}
RULES: dict[str, list[dict[str, Any]]] = {
    "apples": [
        {"tag": "student", "amount_minor": 1500},
        {"tag": "pro", "rate_millionths": 100_000},
    ],
    "pears": [{"tag": "pro", "rate_millionths": 333_333}],
    "tea": [{"tag": "student", "rate_millionths": 50_000}],
}
CURRENCIES = {"apples": "CNY", "pears": "JPY", "tea": "KWD"}


@pytest.fixture
def shop(acme: Organization) -> Organization:
    """Return an organisation with a merchant, two promoters and three offers that run."""
    settings = {"name": "Shop", "promoter_tasks": {"platform_fee_millionths": FEE}}
    acme.operator.put(acme.path, settings | {"time_zone": "Asia/Shanghai"}).expect(200)
    acme.put_member("orchard", "merchant")
    for member_id, tag in PROMOTERS.items():
        member = {
            "name": member_id.title(),
            "roles": ["promoter"],
            "tags": [tag],
            "contact": {"phone": f"+861380000{ord(member_id[0]):04}"},
        }
        acme.operator.put(f"{acme.path}/members/{member_id}", member).expect(200)
    for offer_id in RULES:
        put_offer(acme, offer_id)
    return acme


def put_offer(acme: Organization, offer_id: str, **changes: Any) -> None:
    given = {"rules": RULES[offer_id], "currency": CURRENCIES[offer_id], "hold_seconds": 0}
    body = OFFER | given | {"budget_minor": None} | changes
    acme.operator.put(f"{acme.path}/offers/{offer_id}", body).expect(200)


def link(acme: Organization, member_id: str, offer_id: str) -> Answer:
    path = f"{acme.path}/promoters/{member_id}/tasks/{offer_id}/link"
    return acme.operator.post(path, {})


def follow(acme: Organization, code: str, cookie: str = "") -> tuple[str, str]:
    """Follow a link; return the visitor's token and the cookie."""
    headers = {"Cookie": cookie} if cookie else {}
    answer = acme.anyone.send("GET", f"/t/{code}", None, headers).expect(200)
    return str(answer.json["visitor_token"]), answer.headers["set-cookie"].split(";")[0]


def pay(acme: Organization, order_id: str, offer_id: str, **more: Any) -> Answer:
    data = {
        "order_id": order_id,
        "offer_id": offer_id,
        "amount_minor": 10_001,
        "currency": CURRENCIES[offer_id],
        "paid_at": (datetime.now(UTC) + timedelta(seconds=30)).isoformat(),
    }
    return acme.post_event("payments", "payment.settled.v1", data | more)


def refund(acme: Organization, order_id: str, refund_id: str, **more: Any) -> dict[str, Any]:
    """Tell of a refund; told again it is the same in every word."""
    data = {"order_id": order_id, "refund_id": refund_id, "refunded_at": BEGUN.isoformat()}
    answer = acme.post_event("refunds", "payment.refunded.v1", data | more)
    return dict(answer.expect(202).json)


def holds(acme: Organization, account_id: str, currency: str) -> int:
    balances = acme.account(account_id)["balances"]
    return sum(each["balance_minor"] for each in balances if each["currency"] == currency)


def fees(acme: Organization, currency: str) -> int:
    return sum(holds(acme, f"platform:{n:02}", currency) for n in range(16))


def test_promoters_bring_buyers_and_refunds_end_at_zero(shop: Organization) -> None:
    codes = {
        (member_id, offer_id): str(link(shop, member_id, offer_id).expect(201).json["code"])
        for member_id, offer_id in (("ann", "apples"), ("ben", "apples"), ("ben", "pears"),
                                    ("ann", "tea"))
    }  # fmt: skip
    assert link(shop, "ann", "pears").expect(409).json["type"].endswith("not-a-task")
    image = shop.anyone.send("GET", f"/t/{codes['ann', 'apples']}/image", None).expect(200)
    assert image.headers["content-type"] == "image/svg+xml"

    _, cookie = follow(shop, codes["ann", "apples"])
    token, _ = follow(shop, codes["ben", "apples"], cookie)
    put_offer(shop, "apples", rules=[{"tag": "pro", "amount_minor": 1}])
    paid = pay(shop, "o-1", "apples", visitor_token=token).expect(202).json
    assert (paid["member_id"], paid["reason"], paid["offer_version"]) == ("ben", "last-click", 1)
    assert (paid["promoter_minor"], paid["platform_minor"], paid["merchant_minor"]) == (
        *(1000, 200, 8801),
    )
    seen = shop.operator.get(f"{shop.path}/payments/o-1").expect(200).json
    assert seen["others"] == {"ann": "a-later-click-counts"}

    yen, _ = follow(shop, codes["ben", "pears"])
    pay(shop, "o-2", "pears", visitor_token=yen).expect(202)
    pay(shop, "o-3", "tea", promoter_code=codes["ann", "tea"]).expect(202)
    pay(shop, "o-4", "tea").expect(202)
    for currency, parts in {
        "CNY": (1000, 8801, 200),
        "JPY": (3333, 6468, 200),
        "KWD": (500, 9301 + 10_001, 200),
    }.items():
        promoter = "ann" if currency == "KWD" else "ben"
        found = (holds(shop, promoter, currency), holds(shop, "orchard", currency))
        assert (*found, fees(shop, currency)) == parts

    for n in range(3):
        refund(shop, "o-2", f"r-{n}", amount_minor=3000)
    assert refund(shop, "o-2", "r-0", amount_minor=3000)["refunded_minor"] == 9000
    data = {"order_id": "o-2", "refund_id": "c-1", "refunded_at": datetime.now(UTC).isoformat()}
    back = shop.post_event("chargebacks", "payment.charged_back.v1", data).expect(202).json
    assert back["refunded_minor"] == 10_001
    assert [holds(shop, owner, "JPY") for owner in ("ben", "orchard")] == [0, 0]
    assert fees(shop, "JPY") == 0

    listed = shop.operator.get(f"{shop.path}/payments?merchant_id=orchard").expect(200).json
    assert sorted(each["order_id"] for each in listed["items"]) == ["o-1", "o-2", "o-3", "o-4"]


def recounted(acme: Organization, account_id: str) -> int:
    """Let an account's entries be added up again; return what they and the balance say."""
    path = f"{acme.path}/accounts/{account_id}/recount?currency=CNY"
    found = acme.operator.get(path).expect(200).json
    assert (found["result"], found["counted"]) == ("equal", found["kept"]), found
    return int(found["counted"]["balance_minor"])


def test_refunded_in_part_accounts_equal_their_recounts(shop: Organization) -> None:
    """D5: what is left of the parts is what is left of the payment, and nothing at the end."""
    code = link(shop, "ben", "apples").expect(201).json["code"]
    pay(shop, "o-1", "apples", promoter_code=code).expect(202)
    for number, left in enumerate((10_001, 5_001, 3, 0)):
        if number:
            back = refund(shop, "o-1", f"r-{number}", refunded_total_minor=10_001 - left)
            assert back["refunded_minor"] == 10_001 - left
        own = [recounted(shop, account_id) for account_id in ("ben", "orchard")]
        assert own == [holds(shop, account_id, "CNY") for account_id in ("ben", "orchard")]
        assert sum(own) + fees(shop, "CNY") == left


def test_a_task_is_shared_by_a_push_and_its_link_brings_a_buyer(shop: Organization) -> None:
    """D4: once by its key; counted as a promotion."""
    script = {"type": "sandbox", "settings": {"script": {"*": "deliver"}}}
    shop.operator.put(f"{shop.path}/provider-accounts/sandbox", script).expect(200)
    price = {"amount_micros": 1_000, "currency": "CNY"}
    step = {"channel": "robot", "wait_seconds": 1, "success": "accepted", "price": price}
    strategy = {"purpose": "service", "channels": [step]}
    shop.operator.put(f"{shop.path}/strategies/robot", strategy).expect(200)
    body = {"channel_type": "wechat-group", "user_id": "group-7", "strategy_id": "robot"}
    path, key = f"{shop.path}/promoters/ann/tasks/apples/shares", {"Idempotency-Key": "once"}
    shared, again = [shop.operator.post(path, body, key).expect(201).json for _ in range(2)]
    assert shared == again

    def messages() -> list[dict[str, Any]] | None:
        asked = f"{shop.path}/sandbox/messages?user_id=group-7"
        found: list[dict[str, Any]] = shop.operator.get(asked).expect(200).json["messages"]
        return found or None

    def promoted() -> bool | None:
        offer = shop.operator.get(f"{shop.path}/offers/apples").expect(200).json
        return offer["figures"]["promotions"] == 1 or None

    (message,) = eventually("the message", messages)
    assert (message["title"], message["content_id"]) == (OFFER["product"]["name"], "apples")
    eventually("the share to be counted", promoted)
    token, _ = follow(shop, shared["url"].rsplit("/", 1)[1])
    assert pay(shop, "o-1", "apples", visitor_token=token).expect(202).json["member_id"] == "ann"


def test_a_refund_comes_before_its_payment_and_both_come_twice(shop: Organization) -> None:
    assert refund(shop, "o-9", "r-1", amount_minor=5000)["state"] == "expected"
    code = str(link(shop, "ann", "tea").expect(201).json["code"])
    at = datetime.now(UTC).isoformat()
    first = pay(shop, "o-9", "tea", promoter_code=code, paid_at=at).expect(202).json
    assert (first["state"], first["refunded_minor"]) == ("settled", 5000)
    assert pay(shop, "o-9", "tea", promoter_code=code, paid_at=at).expect(202).json == first
    assert refund(shop, "o-9", "r-1", amount_minor=5000)["refunded_minor"] == 5000
    pay(shop, "o-9", "tea", amount_minor=1, paid_at=at).expect(409)
    assert refund(shop, "o-9", "r-2")["refunded_minor"] == 10_001
    assert [holds(shop, owner, "KWD") for owner in ("ann", "orchard")] == [0, 0]


def test_one_order_told_of_many_times_at_once_is_settled_once(shop: Organization) -> None:
    code = str(link(shop, "ben", "apples").expect(201).json["code"])
    at = datetime.now(UTC).isoformat()

    def tell(_: int) -> Answer:
        return pay(shop, "o-1", "apples", promoter_code=code, paid_at=at).expect(202)

    with ThreadPoolExecutor(8) as pool:
        answers = {answer.body for answer in pool.map(tell, range(8))}
    assert len(answers) == 1
    assert holds(shop, "ben", "CNY") == 1000


def test_who_buys_from_themselves_waits_for_review(shop: Organization) -> None:
    found = shop.operator.get(f"{shop.path}/offers/apples").expect(200).json
    checks = {"checks": {"self_referral": True}}
    shop.operator.put(f"{shop.path}/programmes/{found['programme']}", checks).expect(200)
    code = str(link(shop, "ben", "apples").expect(201).json["code"])
    buyer = [{"kind": "phone", "value": f"+861380000{ord('b'):04}"}]
    pay(shop, "o-1", "apples", promoter_code=code, buyer=buyer).expect(202)
    held = shop.operator.get(f"{shop.path}/rewards?state=held").expect(200).json["items"]
    assert [(each["owner_id"], each["reasons"]) for each in held] == [("ben", ["self-referral"])]
    assert holds(shop, "ben", "CNY") == 0
    assert holds(shop, "orchard", "CNY") == 8801
