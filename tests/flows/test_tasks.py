"""Promoter tasks over HTTP: a merchant's offers reach the promoters they are for (D1, D2, D3)."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.support.client import Organization, eventually
from tests.support.offers import OFFER


def happen(acme: Organization, event_type: str, name: str, **data: Any) -> None:
    """Say on the bus what happened, as the functions that see it do."""
    now = datetime.now(UTC).isoformat()
    detail = {
        "id": name,
        "type": event_type,
        "organization_id": acme.id,
        "occurred_at": now,
        "version": 1,
        "data": data,
    }
    entry = {
        "EventBusName": acme.deployment.resource("EventBus"),
        "Source": "sluice",
        "DetailType": event_type,
        "Detail": json.dumps(detail),
    }
    assert acme.deployment.aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def rank_of(acme: Organization, member_id: str, *coefficients: int) -> dict[str, Any]:
    """Return a promoter's place once all are ranked so, which rounds do one after the other."""

    def look() -> dict[str, Any] | None:
        acme.deployment.run("RefreshRankings")
        found: dict[str, Any] = acme.operator.get(path).expect(200).json
        ranked = [row["coefficient"] for row in found.get("items", [])]
        return found if ranked == list(coefficients) else None

    path = f"{acme.path}/promoters/{member_id}/rank"
    return eventually("the promoters to be ranked", look)


def test_offers_reach_the_promoters_they_are_for_and_sell_by_order(acme: Organization) -> None:
    acme.put_member("orchard", "merchant", login=True)
    for member_id, tags in (("mei", ["student", "pro"]), ("bo", ["pro"])):
        member = {"name": member_id, "roles": ["promoter"], "tags": tags}
        acme.operator.put(f"{acme.path}/members/{member_id}", member).expect(200)
    merchant = acme.members["orchard"]
    for offer_id in ("apples", "pears"):
        body = OFFER | {"merchant_id": None}
        merchant.put(f"{acme.path}/offers/{offer_id}", body).expect(200)
    students = {"rules": [{"tag": "student", "rate_millionths": 50_000}], "merchant_id": None}
    merchant.put(f"{acme.path}/offers/plums", OFFER | students).expect(200)

    def tasks(member_id: str, **query: str) -> dict[str, Any]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        path = f"{acme.path}/promoters/{member_id}/tasks?{asked}"
        return dict(acme.operator.get(path).expect(200).json)

    def listed(member_id: str, **query: str) -> list[str]:
        return [item["offer_id"] for item in tasks(member_id, **query)["items"]]

    def ordered(*wanted: str, member_id: str = "mei", **query: str) -> bool | None:
        return listed(member_id, **query) == list(wanted) or None

    def ranked(*wanted: str) -> bool | None:
        acme.deployment.run("RefreshRankings")
        return ordered(*wanted)

    eventually("the offers to be ranked", lambda: ranked("apples", "pears", "plums"))
    eventually("bo's tasks", lambda: ordered("apples", "pears", member_id="bo"))
    best = tasks("mei")["items"][0]["reward"]
    assert (best["tag"], best["amount_minor"]) == ("student", 1500)
    merchant.put(f"{acme.path}/offers/apples", body | {"status": "paused"}).expect(200)
    assert listed("bo") == ["pears"]
    merchant.put(f"{acme.path}/offers/apples", body).expect(200)

    now = datetime.now(UTC).isoformat()
    for number in (1, 2, 2):
        paid = {"order_id": f"p-{number}", "offer_id": "plums", "member_id": "mei", "paid_at": now}
        happen(acme, "payment.settled.v1", f"paid-{number}", **paid)
    other = {"order_id": "a-1", "offer_id": "apples", "member_id": "bo", "paid_at": now}
    happen(acme, "payment.settled.v1", "paid-3", **other)
    eventually("what sold to come first", lambda: ranked("plums", "apples", "pears"))
    rank = rank_of(acme, "bo", 20, 10)
    assert (rank["rank"], rank["promoters"]) == (2, 2)
    assert listed("bo", order="own") == ["apples", "pears"]
    first = tasks("mei", order="combined", limit="1")
    rest = tasks("mei", order="combined", limit="5", cursor=str(first["next_cursor"]))
    found = [item["offer_id"] for item in first["items"] + rest["items"]]
    assert found == ["plums", "apples", "pears"]
    path = f"{acme.path}/offers/apples"
    assert acme.members["orchard"].get(path).expect(200).json["figures"]["transactions"] == 1
