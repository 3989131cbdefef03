"""The payout operations, from their own example events: one batch from order to statement."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.rewards.advance_payout.handler import handler as advance_payout
from functions.rewards.clear_rewards.handler import handler as clear_rewards
from functions.rewards.list_payouts.handler import handler as list_payouts
from functions.rewards.put_payout.handler import handler as put_payout
from functions.rewards.settle_payout.handler import handler as settle_payout
from functions.rewards.start_payout.handler import handler as start_payout
from sluice.rewards.rules import Grant
from sluice.rewards.store import grants
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import claims, http
from tests.support.rewards import assert_books_balance, stored
from tests.support.staff import NOW, found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "rewards"
ALL = "/organizations/{organization_id}/payouts"
ONE = f"{ALL}/{{payout_id}}"
CANCELLED = {"status": "cancelled"}
NONE = {"rows": 0, "amount_minor": 0}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield
        assert_books_balance()


def example(name: str) -> Any:
    return json.loads((FUNCTIONS / name / "event.json").read_text())


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def call(
    handler: Any, route: str, payout_id: str | None = None, *, role: str = "operator", **asked: Any
) -> Any:
    path = {"organization_id": "acme"} | ({"payout_id": payout_id} if payout_id else {})
    return handler(http(route, path=path, claims=claims(role, "boss"), **asked), None)


def order(headers: dict[str, str] | None = None, **settings: Any) -> tuple[int, Any]:
    body = {"currency": "CNY"} | settings
    return answer(call(start_payout, f"POST {ALL}", body=body, headers=headers))


def advance(payout_id: str, number: int = 1) -> None:
    event = example("advance_payout")
    event["detail"]["data"] = {"payout_id": payout_id, "slice": number}
    advance_payout(event, None)


def settle(payout_id: str, *results: dict[str, Any]) -> tuple[int, Any]:
    route = f"POST {ONE}/results"
    return answer(call(settle_payout, route, payout_id, body={"results": results}))


def sent(event_type: str) -> list[OutboxItem]:
    found = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return [item for item in found if item.type == event_type]


def give(owner_id: str, *amounts: int) -> None:
    for number, amount in enumerate(amounts):
        given = Grant(f"{owner_id}:{number}", owner_id, amount, "CNY", "manual")
        grants.grant("acme", given, NOW)


def rows(payout_id: str, **query: str) -> Any:
    return call(list_payouts, f"GET {ONE}/rows", payout_id, query=query)


def test_the_example_events_order_list_and_settle() -> None:
    status, batch = answer(start_payout(example("start_payout"), None))
    assert (status, batch["status"], batch["minimum_minor"]) == (202, "claiming", 1000)
    assert answer(list_payouts(example("list_payouts"), None))[1]["items"] == [batch]
    for name, handler in (("put_payout", put_payout), ("settle_payout", settle_payout)):
        status, problem = answer(handler(example(name), None))
        assert (status, problem["type"]) == (404, "urn:sluice:problem:not-found")
    advance_payout(example("advance_payout"), None)


def test_a_batch_from_its_order_to_its_results() -> None:
    give("lin", 1_000, 234)
    give("mei", 500)
    give("zhao", 99)
    status, ordered = order(minimum_minor=100, note="March")
    assert (status, ordered["status"], ordered["note"]) == (202, "claiming", "March")
    payout_id = ordered["payout_id"]
    assert settle(payout_id, {"owner_id": "lin", "state": "paid"})[0] == 409
    (event,) = sent("payout.requested.v1")
    assert json.loads(event.data) == {"payout_id": payout_id, "slice": 1}
    advance(payout_id)
    _, batch = answer(call(put_payout, f"GET {ONE}", payout_id))
    assert (batch["status"], batch["open"]) == ("ready", {"rows": 2, "amount_minor": 1734})
    assert (batch["rewards"], batch["below_minimum"], batch["paid"]) == (3, 1, NONE)
    results = (
        {"owner_id": "lin", "state": "paid"},
        {"owner_id": "mei", "row": 1, "state": "failed", "reason": "account-closed"},
        {"owner_id": "zhao", "state": "paid"},
    )
    status, told = settle(payout_id, *results)
    assert (status, told.keys()) == (200, {"items"})
    assert [(one["state"], one.get("problem")) for one in told["items"]] == [
        ("paid", None),
        ("failed", None),
        (None, "not-found"),
    ]
    _, batch = answer(call(put_payout, f"GET {ONE}", payout_id))
    assert (batch["status"], batch["open"], batch["failed"]["amount_minor"]) == (
        "settled",
        NONE,
        500,
    )
    before = stored()
    assert settle(payout_id, *results) == (status, told)
    status, problem = answer(call(put_payout, f"PUT {ONE}", payout_id, body=CANCELLED))
    assert (status, problem["type"]) == (409, "urn:sluice:problem:payout-cannot")
    assert stored() == before


def test_rows_come_by_pages_and_as_csv_for_the_bank() -> None:
    for owner_id in ("lin", "mei", "zhao"):
        give(owner_id, 1_234)
    payout_id = order()[1]["payout_id"]
    advance(payout_id)
    query, seen = {"limit": "2"}, []
    for _ in range(2):
        _, page = answer(rows(payout_id, **query))
        seen += [row["owner_id"] for row in page["items"]]
        query["cursor"] = page.get("next_cursor", "")
    assert (seen, query["cursor"]) == (["lin", "mei", "zhao"], "")
    sheet = rows(payout_id, format="csv", limit="1")
    assert sheet["headers"]["Content-Type"] == "text/csv"
    (line,) = csv.DictReader(io.StringIO(sheet["body"].removeprefix("\ufeff")))
    assert (line["owner_id"], line["amount"], line["currency"]) == ("lin", "12.34", "CNY")
    cursor = sheet["headers"]["X-Next-Cursor"]
    assert "mei" in rows(payout_id, format="csv", limit="1", cursor=cursor)["body"]
    listed = call(list_payouts, f"GET {ALL}", query={"format": "csv"})["body"]
    (line,) = csv.DictReader(io.StringIO(listed.removeprefix("\ufeff")))
    assert (line["amount"], line["open_minor"], line["rows"]) == ("37.02", "3702", "3")
    assert rows(payout_id, cursor="x")["statusCode"] == 400
    order()
    _, page = answer(call(list_payouts, f"GET {ALL}", query={"limit": "1"}))
    newer, cursor = page["items"][0]["payout_id"], page["next_cursor"]
    _, page = answer(call(list_payouts, f"GET {ALL}", query={"limit": "1", "cursor": cursor}))
    assert {newer, page["items"][0]["payout_id"]} > {payout_id}
    assert "next_cursor" not in page


def test_a_batch_is_ordered_once_and_cancelled_once() -> None:
    give("lin", 500)
    headers = {"Idempotency-Key": "k1"}
    status, first = order(headers)
    assert order(headers) == (status, first)
    status, problem = order(headers, minimum_minor=2)
    assert (status, problem["type"]) == (422, "urn:sluice:problem:idempotency-key-reused")
    payout_id = first["payout_id"]
    advance(payout_id)
    status, batch = answer(call(put_payout, f"PUT {ONE}", payout_id, body=CANCELLED))
    assert (status, batch["status"]) == (200, "cancelling")
    advance(payout_id, 2)
    _, batch = answer(call(put_payout, f"PUT {ONE}", payout_id, body=CANCELLED))
    assert (batch["status"], batch["released"]) == ("cancelled", {"rows": 1, "amount_minor": 500})
    assert len(sent("payout.ready.v1")) == len(sent("payout.cancelled.v1")) == 1


def test_a_batch_whose_worker_is_lost_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """D5: once in 20 minutes, while there is something to do."""
    give("lin", 500)
    payout_id = order()[1]["payout_id"]
    began = clock.now()

    def minutes_later(minutes: int) -> list[int]:
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=minutes))
        clear_rewards({}, None)
        return sorted(json.loads(item.data)["slice"] for item in sent("payout.requested.v1"))

    assert minutes_later(19) == [1]
    assert [minutes_later(21), minutes_later(22)] == [[1, 2], [1, 2]]
    advance(payout_id, 1)
    status, _ = answer(call(put_payout, f"PUT {ONE}", payout_id, body=CANCELLED))
    assert (status, minutes_later(23)) == (200, [1, 2, 3])
    assert minutes_later(44) == [1, 2, 3, 4]
    advance(payout_id, 4)
    assert answer(call(put_payout, f"GET {ONE}", payout_id))[1]["status"] == "cancelled"
    assert minutes_later(90) == [1, 2, 3, 4]


BAD = (
    ({"currency": "yuan"}, "currency"),
    ({"minimum_minor": 0}, "minimum_minor"),
    ({"owner_id": "a#b"}, "owner_id"),
    ({"programme": "A"}, "programme"),
    ({"note": ""}, "note"),
    ({"rows": 1}, "body"),
)
BAD_RESULTS: tuple[dict[str, Any], ...] = (
    {"results": []},
    {"results": [{"owner_id": "lin", "state": "lost"}]},
    {"results": [{"owner_id": "lin", "state": "paid", "row": 41}]},
    {"results": [{"owner_id": "lin", "state": "failed", "reason": "Prose, not a code"}]},
    {"results": [{"owner_id": "lin", "state": "paid"}] * 101},
)


def test_bad_input_and_other_roles_change_nothing() -> None:
    before = stored()
    for change, field in BAD:
        status, problem = order(**change)
        assert (status, [fault["field"] for fault in problem["fields"]]) == (400, [field])
    for body in BAD_RESULTS:
        answered = call(settle_payout, f"POST {ONE}/results", "p1", body=body)
        assert answered["statusCode"] == 400, body
    for handler, route, payout_id in (
        (start_payout, f"POST {ALL}", None),
        (list_payouts, f"GET {ALL}", None),
        (list_payouts, f"GET {ONE}/rows", "p1"),
        (put_payout, f"PUT {ONE}", "p1"),
        (put_payout, f"GET {ONE}", "p1"),
        (settle_payout, f"POST {ONE}/results", "p1"),
    ):
        assert call(handler, route, payout_id, role="promoter")["statusCode"] == 403
    assert stored() == before
