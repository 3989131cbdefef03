"""Assignments as operators look for them: by channel, by customer, by a provider's id (A8)."""

import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.codes.rules.seats import Contact
from sluice.codes.store import contacts, pool
from sluice.codes.tables import SeatItem
from tests.support import invariants
from tests.support.aws import items_of, local_aws
from tests.support.codes import issue_code, join, later, open_channel
from tests.support.events import claims, http
from tests.support.staff import NOW, found_organization

ORG = {"organization_id": "acme"}
LIST = "GET /organizations/{organization_id}/assignments"
ONE = f"{LIST}/{{assignment_id}}"
OF_CUSTOMER = "GET /organizations/{organization_id}/customers/{customer_id}/assignments"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        issue_code(referrer_id="lin")
        open_channel("a")
        yield


def call(name: str, route: str, role: str = "operator", **parts: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    answer: dict[str, Any] = handler(http(route, claims=claims(role), **parts), None)
    return answer | {"json": json.loads(answer["body"])}


def listed(expected: int = 200, /, **query: str) -> Any:
    answer = call("list_assignments", LIST, path=ORG, query=query)
    assert answer["statusCode"] == expected, answer["body"]
    return answer["json"]


def tell(kind: Any, assignment_id: str, ref: str, minute: int = 1) -> None:
    contact = Contact(kind, assignment_id, later(minute), ref)
    contacts.tell("acme", "sandbox", contact, later(minute))


def stream() -> None:
    """Deliver each seat as one change, as if it were new."""
    records = [
        {
            "dynamodb": {
                "ApproximateCreationDateTime": NOW.timestamp(),
                "SequenceNumber": str(number),
                "NewImage": item.serialize(),
            }
        }
        for number, item in enumerate(items_of(SeatItem))
    ]
    handler = importlib.import_module("functions.codes.relay_assignments.handler").handler
    assert handler({"Records": records}, None) == {"batchItemFailures": []}
    invariants.check_assignments()


def test_a_channels_customers_are_listed_newest_first_page_by_page() -> None:
    """A8."""
    ids = [join(f"c{n}", now=NOW + timedelta(seconds=n)).assignment.assignment_id for n in range(5)]
    tell("connected", ids[1], "wx-1")
    tell("connected", ids[3], "wx-3")
    tell("lost", ids[3], "wx-3", minute=2)
    stream()
    seen, cursor = [], ""
    for _ in range(5):
        page = listed(channel_id="a", limit="2", cursor=cursor)
        seen += [row["assignment_id"] for row in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert seen == list(reversed(ids))
    (connected,) = listed(channel_id="a", status="connected")["items"]
    assert connected["assignment_id"] == ids[1]
    assert connected["referrer_id"] == "lin", "who brought them is shown"
    (lost,) = listed(channel_id="a", status="lost")["items"]
    assert (lost["assignment_id"], lost["lost_by"]) == (ids[3], "customer")
    assert "expires_at" not in lost
    assert listed(channel_id="nobodys") == {"items": []}


def test_a_page_of_one_status_leads_on_past_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.codes.store.assignments.MAX_LOOKED_AT", 2)
    ids = [join(f"c{n}", now=NOW + timedelta(seconds=n)).assignment.assignment_id for n in range(5)]
    tell("connected", ids[0], "wx-0")
    stream()
    seen, cursor = [], ""
    for _ in range(4):
        page = listed(channel_id="a", status="connected", limit="1", cursor=cursor)
        seen += [row["assignment_id"] for row in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert seen == [ids[0]]


def test_one_assignment_is_shown_as_its_seat_has_it_with_the_reason() -> None:
    """A4: why this channel."""
    given = join("c1").assignment
    path = ORG | {"assignment_id": given.assignment_id}
    found = call("get_assignment", ONE, path=path)["json"]
    assert found["customer_id"] == "c1"
    assert found["status"] == "reserved"
    assert found["why"]["code"] == given.why
    assert found["why"]["en"]
    assert found["why"]["zh"]
    for unknown in ("c1.c.0", "nobody", given.assignment_id.replace("c1", "c2")):
        path = ORG | {"assignment_id": unknown}
        assert call("get_assignment", ONE, path=path)["statusCode"] == 404


def test_a_customer_is_shown_with_who_brought_them_in_whatever_name_they_had() -> None:
    """A6, A8: two devices of one person."""
    first = join("c1").assignment.assignment_id
    tell("connected", first, "wx-1")
    second = join("c2").assignment.assignment_id
    tell("connected", second, "wx-1", minute=2)
    for name in ("c1", "c2"):
        path = ORG | {"customer_id": name}
        found = call("list_customer_assignments", OF_CUSTOMER, path=path)["json"]
        assert found["customer_id"] == "c1"
        assert found["referrer_id"] == "lin"
        assert {row["assignment_id"] for row in found["items"]} == {first, second}
    stream()
    found = listed(account_id="sandbox", customer_ref="wx-1")["items"]
    assert {row["assignment_id"] for row in found} == {first, second}
    assert {row["customer_id"] for row in found} == {"c1"}
    unknown = call("list_customer_assignments", OF_CUSTOMER, path=ORG | {"customer_id": "c9"})
    assert unknown["json"] == {"customer_id": "c9", "items": []}


def test_nobody_is_found_by_an_id_of_another_account_or_none() -> None:
    tell("connected", join("c1").assignment.assignment_id, "wx-1")
    assert listed(account_id="other", customer_ref="wx-1") == {"items": []}
    assert listed(account_id="sandbox", customer_ref="wx-2") == {"items": []}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "connected"},
        {"account_id": "sandbox"},
        {"customer_ref": "wx-1"},
        {"channel_id": "a", "account_id": "sandbox"},
        {"channel_id": "a", "account_id": "sandbox", "customer_ref": "wx-1"},
        {"channel_id": "a", "cursor": "%"},
        {"channel_id": "a", "status": "gone"},
        {"channel_id": "a", "limit": "0"},
    ],
)
def test_a_search_that_means_nothing_is_told_so(query: dict[str, str]) -> None:
    assert listed(400, **query)["fields"]


def test_a_customers_id_is_in_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    listed(account_id="sandbox", customer_ref="wx-secret")
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert "GET /organizations" in logged
    assert "wx-secret" not in logged


@pytest.mark.parametrize("role", ["member", "promoter", "merchant"])
def test_only_operators_look_at_assignments(role: str) -> None:
    assert call("list_assignments", LIST, role, path=ORG)["statusCode"] == 403
