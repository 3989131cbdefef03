"""Offers: put by merchants and operators, each version kept, read and listed (D1)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.organizations.put_organization.handler import handler as put_organization
from functions.promoters.put_offer.handler import handler as put_offer
from functions.promoters.read_offers.handler import handler as read_offers
from functions.rewards.put_programme.handler import handler as put_programme
from sluice.organizations import store
from sluice.promoters.store import figures, offers, publishing
from sluice.promoters.tables import Standing
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.offers import OFFER
from tests.support.staff import NOW, found_organization

ORG = "/organizations/{organization_id}"
EXAMPLE = json.loads(
    (Path(__file__).parents[2] / "functions/promoters/put_offer/event.json").read_text()
)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        for merchant_id in ("orchard", "dairy"):
            member = {"name": merchant_id, "roles": {"merchant"}}
            store.put_member(ORGANIZATION, merchant_id, member, NOW)
        yield


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def put(
    offer_id: str = "apples", who: dict[str, str] | None = None, **changes: Any
) -> tuple[int, Any]:
    path = {"organization_id": ORGANIZATION, "offer_id": offer_id}
    event = http(
        f"PUT {ORG}/offers/{{offer_id}}", path=path, body=OFFER | changes, claims=who or claims()
    )
    return answer(put_offer(event, None))


def read(
    offer_id: str | None = None, who: dict[str, str] | None = None, **query: str
) -> tuple[int, Any]:
    path = {"organization_id": ORGANIZATION} | ({"offer_id": offer_id} if offer_id else {})
    route = f"GET {ORG}/offers" + ("/{offer_id}" if offer_id else "")
    return answer(
        read_offers(http(route, path=path, query=query or None, claims=who or claims()), None)
    )


def merchant(member_id: str = "orchard") -> dict[str, str]:
    return claims("merchant", member_id)


def test_the_example_event_publishes_an_offer_with_its_budget() -> None:
    status, given = answer(put_offer(EXAMPLE, None))
    assert (status, given["version"], given["merchant_id"]) == (200, 1, "orchard")
    assert given["product"] == OFFER["product"]
    assert [rule["tag"] for rule in given["rules"]] == ["student", "pro"]
    status, shown = read("apples", merchant())
    assert (status, shown["left_minor"], shown["spent_minor"]) == (200, 1_000_000, 0)
    assert shown["figures"] == {"transactions": 0, "promotions": 0, "visits": 0}
    assert shown.items() >= given.items()
    standing = figures.standing(ORGANIZATION, "apples")
    assert standing is not None
    assert (standing.tags, standing.is_published) == ({"student", "pro"}, True)
    outbox = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    told = [json.loads(item.data) for item in outbox if item.type == publishing.CHANGED]
    assert [data["version"] for data in told] == [1]


def test_each_change_is_a_version_that_is_kept_and_the_same_again_is_none() -> None:
    assert put()[1]["version"] == 1
    assert put()[1]["version"] == 1
    assert put(rules=OFFER["rules"][:1])[1]["version"] == 2
    assert put(rules=OFFER["rules"][:1], budget_minor=None)[1]["version"] == 3
    assert put(rules=OFFER["rules"][:1], budget_minor=None)[1]["version"] == 3
    shown = read("apples")[1]
    assert "left_minor" not in shown
    assert len(read("apples", version="1")[1]["rules"]) == 2
    assert len(read("apples", version="2")[1]["rules"]) == 1
    assert read("apples", version="4")[0] == 404
    assert offers.find(ORGANIZATION, "apples", 1) != offers.find(ORGANIZATION, "apples")


def test_the_checks_of_the_programme_stay_when_the_offer_is_put_again() -> None:
    name = put()[1]["programme"]
    path = {"organization_id": ORGANIZATION, "programme": name}
    body = {"budget": {"CNY": 5}, "checks": {"self_referral": True}}
    route = f"PUT {ORG}/programmes/{{programme}}"
    put_programme(http(route, path=path, body=body, claims=claims()), None)
    put(hold_seconds=60)
    event = http(route.replace("PUT", "GET"), path=path, claims=claims())
    _, kept = answer(put_programme(event, None))
    assert kept["checks"]["self_referral"] is True
    assert (kept["hold_seconds"], kept["budgets"][0]["limit_minor"]) == (60, 1_000_000)


def test_a_merchant_writes_and_sees_only_their_own() -> None:
    assert put("apples", merchant())[0] == 200
    assert put("apples", merchant("dairy"), merchant_id=None)[0] == 403
    assert put("milk", merchant("dairy"))[0] == 403  # in the orchard's name
    assert put("milk", merchant("dairy"), merchant_id=None)[0] == 200
    assert [item["offer_id"] for item in read(None, merchant())[1]["items"]] == ["apples"]
    assert read("milk", merchant())[0] == 404
    assert read("milk")[1]["merchant_id"] == "dairy"
    assert put("apples", claims("promoter", "lin"))[0] == 403


def test_offers_are_listed_in_pages_by_merchant_and_by_status() -> None:
    for name in ("b", "c", "a"):
        put(name, status="draft" if name == "b" else "published")
    put("d", merchant_id="dairy")
    key, name = figures.standing_key(ORGANIZATION, "a")
    Standing(key, name).update([Standing.visits.add(7)])
    _, page = read(limit="3")
    assert [item["figures"]["visits"] for item in page["items"]] == [0, 7, 0]
    assert [item["offer_id"] for item in page["items"]] == ["d", "a", "b"]
    _, rest = read(limit="3", cursor=page["next_cursor"])
    assert [item["offer_id"] for item in rest["items"]] == ["c"]
    assert "next_cursor" not in rest
    _, drafts = read(merchant_id="orchard", status="draft")
    assert [item["offer_id"] for item in drafts["items"]] == ["b"]
    assert read(cursor="none")[0] == 400


def test_the_organisations_fee_is_written_into_the_next_version() -> None:
    put(rules=[{"tag": "pro", "rate_millionths": 990_000}])
    body = {"name": "Acme", "promoter_tasks": {"platform_fee_millionths": 10_001}}
    path = {"organization_id": ORGANIZATION}
    assert put_organization(http(f"PUT {ORG}", path=path, body=body, claims=claims()), None)
    assert put(rules=[{"tag": "pro", "rate_millionths": 990_000}])[0] == 400
    assert put()[1]["platform_fee_millionths"] == 10_001
    first = offers.find(ORGANIZATION, "apples", 1)
    assert first is not None
    assert first.platform_fee_millionths == 0


@pytest.mark.parametrize(
    ("changes", "status", "slug"),
    [
        ({"merchant_id": "dairy"}, 409, "offer-fixed"),
        ({"currency": "USD"}, 409, "offer-fixed"),
        ({"status": "draft"}, 409, "offer-fixed"),
        ({"merchant_id": None}, 400, "invalid-request"),
        ({"ends_at": OFFER["starts_at"]}, 400, "invalid-request"),
        ({"rules": []}, 400, "invalid-request"),
        ({"rules": [{"tag": "a"}]}, 400, "invalid-request"),
        ({"product": OFFER["product"] | {"type": "Food//"}}, 400, "invalid-request"),
        ({"currency": "yuan"}, 400, "invalid-request"),
    ],
)
def test_what_does_not_fit_a_published_offer_is_refused(
    changes: dict[str, Any], status: int, slug: str
) -> None:
    put()
    refused, problem = put(**changes)
    assert (refused, problem["type"].rsplit(":", 1)[1]) == (status, slug)
    assert read("apples")[1]["version"] == 1


def test_only_an_active_merchant_publishes_but_anybodys_offer_can_be_ended() -> None:
    assert put(merchant_id="lin")[1]["type"].endswith("no-such-merchant")
    assert read("apples")[0] == 404
    put()
    store.put_member(ORGANIZATION, "orchard", {"roles": {"merchant"}, "active": False}, NOW)
    assert put(hold_seconds=1, status="published")[0] == 200  # of the offer nothing changes
    assert put(rules=OFFER["rules"][:1])[1]["type"].endswith("no-such-merchant")
    assert put(status="ended")[0] == 200
    assert put()[1]["type"].endswith("offer-fixed")
    assert put("a:b")[0] == 400


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z"),
        ("9995-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_time_that_cannot_be_is_refused(starts_at: str, ends_at: str) -> None:
    status, problem = put(status="draft", starts_at=starts_at, ends_at=ends_at)
    assert (status, [each["field"] for each in problem["fields"]]) == (400, ["starts_at"])


def test_a_cursor_of_another_merchants_list_is_refused() -> None:
    """DynamoDB would answer it with an error of its own."""
    for offer_id in ("a", "b"):
        assert put(offer_id)[0] == 200
    cursor = read(limit="1")[1]["next_cursor"]
    assert read(who=merchant(), cursor=cursor)[0] == 200
    status, problem = read(who=merchant("dairy"), cursor=cursor)
    assert (status, [each["field"] for each in problem["fields"]]) == (400, ["cursor"])
