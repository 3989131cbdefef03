"""Who changed what: kept by the door, before anything is changed, and read again (F4, F5)."""

import importlib
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sluice.codes.store import channels
from sluice.organizations import audit, changing
from sluice.organizations.audit_tables import AuditEntry
from sluice.shared import clock, guard
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

ORG = "/organizations/{organization_id}"
CHANNEL = f"PUT {ORG}/channels/{{channel_id}}"
BODY = {"kind": "contact", "name": "Front desk of Lin", "provider_ref": "lin-wx", "cap": 100}


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with local_aws():
        found_organization()
        yield


def ask(function: str, route: str, body: Any = None, **given: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.{function}.handler").handler
    path = {"organization_id": ORGANIZATION} | given.pop("path", {})
    event = http(route, path=path, body=body, claims=given.pop("claims", claims()), **given)
    answer: dict[str, Any] = handler(event, None)
    return answer


def put_channel(channel_id: str = "desk", **given: Any) -> int:
    body = BODY | given.pop("body", {})
    path = {"channel_id": channel_id}
    return int(ask("codes.put_channel", CHANNEL, body, path=path, **given)["statusCode"])


def log(**query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page(**query)["items"]
    return found


def page(**query: str) -> dict[str, Any]:
    query = {name.removesuffix("_"): value for name, value in query.items()}
    answer = ask("organizations.read_audit", f"GET {ORG}/audit", query=query or None)
    assert answer["statusCode"] == 200, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def test_a_change_leaves_an_entry_that_says_who_what_and_how_it_ended() -> None:
    assert put_channel() == 200
    (entry,) = log()
    assert entry.pop("entry_id")
    assert entry == {
        "at": NOW.isoformat().replace("+00:00", "Z"),
        "member_id": "boss",
        "roles": ["operator"],
        "operation": CHANNEL,
        "about": {"channel_id": "desk"},
        "given": [
            {"name": "kind", "value": "contact"},
            {"name": "name"},
            {"name": "provider_ref"},
            {"name": "cap", "value": 100},
        ],
        "body_bytes": len(json.dumps(BODY)),
        "correlation_id": "test-request",
        "outcome": "done",
        "status": 200,
    }


def test_it_costs_two_requests_and_an_item_of_less_than_a_kibibyte() -> None:
    with recorded() as asked:
        put_channel()
    kept = [given for name, given in asked if name == "PutItem"]
    assert [name for name in asked.names if name != "Query"][-1] == "PutItem"
    assert len(kept) == 2
    assert all(len(json.dumps(given["Item"], default=list)) < 1024 for given in kept)


def test_it_is_kept_for_400_days() -> None:
    put_channel()
    (entry,) = items_of(AuditEntry)
    assert entry.expires - NOW == timedelta(days=400)  # type: ignore[attr-defined]


def test_what_was_made_is_found_by_its_id() -> None:
    answer = ask("codes.issue_code", f"POST {ORG}/codes", {"referrer_id": "lin"})
    code = json.loads(answer["body"])["code"]
    (entry,) = log(about=f"code_id:{code}")
    assert entry["given"] == [{"name": "referrer_id"}]


def test_a_sheet_leaves_its_size_and_how_it_was_read() -> None:
    sheet = b"member_id,name,roles\r\nwu,Wu of 13800000001,member\r\n"
    route = f"POST {ORG}/members"
    ask("organizations.import_members", route, sheet, query={"dry_run": "true"})
    (entry,) = log()
    assert entry["body_bytes"] == len(sheet)
    assert entry["given"] == [{"name": "dry_run", "value": True}]


def test_nothing_personal_is_kept() -> None:
    secrets = ("Lin Xiaoyu", "13800000001", "lin@example.com", "u-13800000001", "S3cret")
    member = {
        "name": "Lin Xiaoyu",
        "roles": ["member"],
        "contact": {"13800000001": "S3cret"},
        "login": {"email": "lin@example.com"},
    }
    ask(
        "organizations.put_member",
        f"PUT {ORG}/members/{{member_id}}",
        member,
        path={"member_id": "lin"},
    )
    recipient = {"addresses": {"phone": "+8613800000001"}, "tags": ["S3cret"]}
    path = {"user_id": "lin@example.com"}
    ask("push.put_recipient", f"PUT {ORG}/recipients/{{user_id}}", recipient, path=path)
    person = {"identities": [{"kind": "user", "value": "u-13800000001"}]}
    ask("invitations.put_person", f"PUT {ORG}/people", person)
    kept = [str(entry.serialize()) for entry in items_of(AuditEntry)]
    assert len(kept) == 3
    assert not [secret for secret in secrets for entry in kept if secret in entry]
    assert {"name": "roles", "value": ["member"]} in log(about="member_id:lin")[0]["given"]


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        (claims("member", "lin"), [403]),  # tried what their roles do not allow
        (claims(organization_id="other"), []),  # nobody of this organisation's
    ],
)
def test_who_may_not_is_kept_if_they_are_of_the_organisation(
    who: dict[str, str], statuses: list[int]
) -> None:
    assert put_channel(claims=who) == 403
    found = log()
    assert [(one["status"], one["outcome"]) for one in found] == [(s, "refused") for s in statuses]
    assert all(one["given"] == [] for one in found)


def test_a_refusal_is_kept_and_what_cannot_be_read_is_not() -> None:
    retire = {"path": {"code_id": "ABCDEFGHJKMN"}}
    assert (
        ask("codes.retire_code", f"DELETE {ORG}/codes/{{code_id}}", **retire)["statusCode"] == 404
    )
    assert put_channel(body={"cap": "many"}) == 400
    assert [(one["status"], one["outcome"]) for one in log()] == [(404, "refused")]


def test_reading_leaves_no_entry() -> None:
    assert ask("codes.list_channels", f"GET {ORG}/channels")["statusCode"] == 200
    assert log() == []


def test_an_admin_who_makes_an_organisation_is_its_first_entry() -> None:
    who = claims("admin") | {"custom:organization_id": "", "custom:member_id": ""}
    path = {"organization_id": "new"}
    ask("organizations.put_organization", f"PUT {ORG}", {"name": "New"}, path=path, claims=who)
    (entry,) = items_of(AuditEntry)
    told = str(entry.serialize())
    assert all(text in told for text in ("'new'", "'sub-boss'", "'201'"))


def _fails(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    count = 0
    note = guard.note

    def failing(item: Any) -> None:
        nonlocal count
        count += 1
        if count in numbers:
            raise EndpointConnectionError(endpoint_url="https://aws.example.com")
        note(item)

    monkeypatch.setattr(guard, "note", failing)


def test_where_it_cannot_be_begun_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    _fails(monkeypatch, 1)
    assert put_channel() == 503
    assert channels.find_channel(ORGANIZATION, "desk") is None
    assert items_of(AuditEntry) == []


def test_where_it_cannot_be_completed_the_outcome_is_unknown_and_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _fails(monkeypatch, 2)
    with caplog.at_level(logging.WARNING):
        assert put_channel() == 200
    assert "audit_not_completed" in caplog.text
    (entry,) = log()
    assert entry["outcome"] == "unknown"
    assert "status" not in entry


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("a fault of ours"), 500),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "Query"), 503),
    ],
)
def test_of_what_ends_in_a_fault_nobody_knows_what_was_changed(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(changing, "change_organization", fail)
    answer = ask("organizations.put_organization", f"PUT {ORG}", {"name": "New"})
    assert answer["statusCode"] == status
    assert [(one["status"], one["outcome"]) for one in log()] == [(status, "unknown")]


def test_the_log_is_paged_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in range(5):
        monkeypatch.setattr(clock, "now", lambda hour=hour: NOW + timedelta(hours=hour))
        put_channel(f"c-{hour}")
    first = page(limit="2")
    second = page(limit="2", cursor=first["next_cursor"])
    third = page(limit="2", cursor=second["next_cursor"])
    found = [
        one["about"]["channel_id"] for one in first["items"] + second["items"] + third["items"]
    ]
    assert found == ["c-4", "c-3", "c-2", "c-1", "c-0"]
    assert "next_cursor" not in third


def test_it_is_asked_by_day_member_operation_and_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    put_channel("a")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=9))  # past midnight in Shanghai
    put_channel("b")
    put_channel("c", claims=claims("member", "lin"))

    def found(**query: str) -> set[str]:
        return {one["about"]["channel_id"] for one in log(**query)}

    assert found(from_="2026-03-06") == {"b", "c"}
    assert found(to="2026-03-05") == {"a"}
    assert found(from_="2026-03-05", to="2026-03-06") == {"a", "b", "c"}
    assert found(member_id="lin") == {"c"}
    assert found(about="channel_id:b") == {"b"}
    assert found(operation=CHANNEL, member_id="boss") == {"a", "b"}
    assert found(operation=f"PUT {ORG}/codes/{{code_id}}") == set()


def test_a_page_of_what_is_seldom_may_be_short_and_leads_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(4):
        monkeypatch.setattr(clock, "now", lambda number=number: NOW + timedelta(minutes=number))
        put_channel(f"c-{number}")
    monkeypatch.setattr("sluice.organizations.audit_listing.MAX_LOOKED_AT", 2)
    first = page(about="channel_id:c-1")
    assert first["items"] == []
    second = page(about="channel_id:c-1", cursor=first["next_cursor"])
    assert [one["about"] for one in second["items"]] == [{"channel_id": "c-1"}]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-03-06", "to": "2026-03-05"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"about": "front-desk"}, "about"),
        ({"limit": "101"}, "limit"),
    ],
)
def test_what_cannot_be_asked_is_told(query: dict[str, str], field: str) -> None:
    answer = ask("organizations.read_audit", f"GET {ORG}/audit", query=query)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["fields"][0]["field"] == field


def test_a_cursor_is_of_its_days() -> None:
    put_channel()
    cursor = page(limit="1")["next_cursor"]
    answer = ask(
        "organizations.read_audit", f"GET {ORG}/audit", query={"to": "2026-03-01", "cursor": cursor}
    )
    assert answer["statusCode"] == 400


def test_only_operators_read_it() -> None:
    answer = ask("organizations.read_audit", f"GET {ORG}/audit", claims=claims("member", "lin"))
    assert answer["statusCode"] == 403


def test_the_moment_is_that_of_the_call() -> None:
    put_channel()
    assert datetime.fromisoformat(log()[0]["at"]) == NOW
    assert audit.KEPT.days == 400
