"""Commissions as CSV and in an export: payments with their split, before and after refunds (D5)."""

import csv
import importlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.promoters.read_payments.handler import handler as read_payments
from sluice.exports import exporting, store
from sluice.exports.export_tables import EXPORTS
from sluice.exports.store import Order
from sluice.promoters.commission_sheets import COLUMNS
from sluice.shared import clock, settings
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.people import make_bucket
from tests.support.rewards import balance_of
from tests.support.staff import found_organization
from tests.support.task_payments import (
    ANN,
    BEN,
    MERCHANT,
    brought,
    link,
    pay,
    put_offer,
    put_people,
    refund,
)

LEFT = ("promoter_left_minor", "merchant_left_minor", "platform_left_minor")
FOREVER = float("inf")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        put_offer(platform_fee_millionths=20_000)
        make_bucket()
        for number in range(3):
            token, _ = brought(link(ANN if number else BEN)[1]["code"])
            assert pay(f"o-{number}", visitor_token=token)[0] == 202
        assert refund("r-1", "o-1", amount_minor=3_333)[0] == 202
        assert refund("r-2", "o-2")[0] == 202
        yield


def ask(member_id: str = "boss", role: str = "operator", **query: str) -> dict[str, Any]:
    path = {"organization_id": ORGANIZATION}
    route = "GET /organizations/{organization_id}/payments"
    given = {"format": "csv"} | query
    answer: dict[str, Any] = read_payments(
        http(route, path=path, query=given, claims=claims(role, member_id)), None
    )
    return answer


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def assert_adds_up(line: dict[str, Any]) -> None:
    left = sum(int(line[name]) for name in LEFT)
    assert int(line["amount_minor"]) == int(line["refunded_minor"]) + left


def test_commissions_are_a_line_for_each_payment_and_add_up_after_refunds() -> None:
    """D5, F7."""
    found = lines(ask(merchant_id=MERCHANT)["body"])
    assert {line["order_id"] for line in found} == {"o-0", "o-1", "o-2"}
    assert list(found[0]) == list(COLUMNS)
    for line in found:
        assert_adds_up(line)
        assert line["amount"] == "100.00"
    merchants = sum(int(line["merchant_left_minor"]) for line in found)
    assert merchants == balance_of(MERCHANT, "CNY")
    anns = sum(int(line["promoter_left_minor"]) for line in found if line["member_id"] == ANN)
    assert anns == balance_of(ANN, "CNY")


def test_promoters_get_their_own_page_by_page() -> None:
    first = ask(ANN, "promoter", limit="1")
    (line,) = lines(first["body"])
    rest = ask(ANN, "promoter", limit="1", cursor=first["headers"]["X-Next-Cursor"])
    found = [line, *lines(rest["body"])]
    assert {one["order_id"] for one in found} == {"o-1", "o-2"}
    assert {one["member_id"] for one in found} == {ANN}
    assert ask(ANN, "promoter", promoter_id=BEN)["statusCode"] == 403


def test_an_export_has_commissions_and_the_entries_behind_them() -> None:
    """F7."""
    kinds = ("commissions", "accounts", "entries", "rewards")
    order = Order(kinds, "ndjson", "https://s.example.com", "boss")
    export_id = store.start_export(ORGANIZATION, order, claim=None, now=clock.now())
    exporting.work(ORGANIZATION, export_id, 1, FOREVER)
    item = EXPORTS.load(ORGANIZATION, export_id)
    assert (item.status, item.rows["commissions"]) == ("done", 3)
    read = {part.row_kind: rows(export_id, part.name) for part in store.list_parts(item, 0)}
    for row in read["commissions"]:
        assert_adds_up(row)
    known = shown()
    assert sorted(row["order_id"] for row in read["commissions"]) == sorted(known)
    for row in read["commissions"]:
        assert {name: row.get(name) for name in known[row["order_id"]]} == known[row["order_id"]]
    held: Counter[str] = Counter()  # an account that is spread has a row for each shard
    for row in read["accounts"]:
        held[row["owner_id"]] += row["balance_minor"]
    assert held.items() >= {owner: balance_of(owner, "CNY") for owner in (ANN, MERCHANT)}.items()
    sums = dict.fromkeys(held, 0)
    for row in read["entries"]:
        sums[row["owner_id"]] += row["amount_minor"]
    assert sums == held, "the entries of each account are its balance"
    fees = sum(minor for owner, minor in held.items() if owner.startswith("platform:"))
    assert fees == sum(row["platform_left_minor"] for row in read["commissions"])


def rows(export_id: str, name: str) -> list[Any]:
    bucket = settings.text("PEOPLE_LISTS_BUCKET")
    key = f"{ORGANIZATION}/exports/{export_id}/{name}"
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def shown() -> dict[str, dict[str, Any]]:
    """Return the merchant's payments as the API lists them."""
    handler = importlib.import_module("functions.promoters.read_payments.handler").handler
    path, query = {"organization_id": ORGANIZATION}, {"merchant_id": MERCHANT}
    route = "GET /organizations/{organization_id}/payments"
    body = handler(http(route, path=path, query=query, claims=claims()), None)["body"]
    return {one["order_id"]: one for one in json.loads(body)["items"]}
