"""A coupon as its visitor shows it at the till (D8, F5)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sluice.organizations import changing
from sluice.promoters.bonus_tables import CouponItem
from sluice.promoters.store import coupons
from sluice.shared import clock, ids
from sluice.shared.guard import Transaction
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, http
from tests.support.staff import found_organization
from tests.support.task_payments import (
    ANN,
    APPLES,
    BEN,
    DAY,
    ask,
    brought,
    link,
    put_offer,
    put_people,
)

ROUTE, COUPON = "GET /t/{code}/coupons/{coupon}", "7KQ4MZP2XWBD"
BROWSER = {"accept": "text/html", "accept-language": "en"}
EVIL = "\"><img src=x>'$code{0}"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        put_offer()
        yield


def give(expires_at: datetime, **changes: Any) -> None:
    settings: dict[str, Any] = {
        "offer_id": "apples",
        "member_id": ANN,
        "task_id": "t-1",
        "amount_minor": 550,
    }
    settings |= {"currency": "CNY", "given_at": clock.now(), "expires_at": expires_at}
    key = ids.key(ORGANIZATION, "coupon", COUPON)
    CouponItem(key, coupons.COUPON, **settings | changes).save()


def show(code: str, coupon: str = COUPON, **headers: str) -> tuple[int, Any, dict[str, str]]:
    event = http(ROUTE, path={"code": code, "coupon": coupon}, headers=BROWSER | headers)
    return ask("promoters/follow_task_link", event)


def test_a_coupon_says_what_it_gives_of_what_until_when_and_leads_to_the_shop() -> None:
    code = link(ANN)[1]["code"]
    give(clock.now() + DAY)
    status, page, headers = show(code)
    assert status == 200
    for part in ("5.50 CNY off", COUPON, "Valid until", "Go to the shop", "data:image/png;base64,"):
        assert part in page
    assert f"https://orchard.example/apples?size=5&amp;sluice_coupon={COUPON}" in page
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert len(page.encode()) < 15_000
    _, cookie = brought(code)
    assert "sluice_visitor=" in show(code, cookie=cookie)[1]
    assert "立减5.50 元" in show(code, **{"accept-language": "zh"})[1]
    body = show(code, accept="application/json")[1]
    assert (body["code"], body["amount_minor"], body["state"]) == (COUPON, 550, "usable")


def test_a_coupon_that_was_used_or_is_over_says_so_and_cannot_be_scanned() -> None:
    code = link(ANN)[1]["code"]
    give(clock.now() - timedelta(seconds=1))
    assert "The time of this coupon is over" in show(code)[1]
    give(clock.now() + DAY)
    transaction = Transaction()
    at = clock.now()
    coupons.add_redemption(
        transaction, ORGANIZATION, COUPON, offer_id="apples", order_id="o-1", at=at
    )
    transaction.commit()
    _, page, _ = show(code)
    assert "This coupon has been used" in page
    assert 'src=""' in page
    assert show(code, accept="application/json")[1]["state"] == "used"
    give(clock.now() + DAY)
    put_offer(status="ended")
    assert "This offer has ended" in show(code)[1]


def test_a_coupon_is_shown_by_its_own_link_alone() -> None:
    code, other = link(ANN)[1]["code"], link(BEN)[1]["code"]
    give(clock.now() + DAY)
    assert show(other)[0] == 404
    assert show(code, "7KQ4MZP2XWBE")[0] == 404
    assert show("7KQ4MZP2XWBD")[0] == 404


def test_every_text_of_a_coupon_is_escaped() -> None:
    settings = {"name": EVIL, "time_zone": "UTC", "locale": "en"}
    changing.change_organization(ORGANIZATION, settings)
    put_offer(product=replace(APPLES, name=EVIL))
    code = link(ANN)[1]["code"]
    give(clock.now() + DAY)
    _, page, _ = show(code)
    assert "<img src=x" not in page
    assert page.count("&quot;&gt;&lt;img src=x&gt;") == 2
