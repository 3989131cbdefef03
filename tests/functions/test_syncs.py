"""The functions of syncs: asked for, run, read (A9)."""

import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

import pytest

from sluice.codes.providers.protocol import ChannelChanged
from sluice.codes.store import pool, told
from sluice.organizations import store as organizations
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.codes import open_channel
from tests.support.events import claims, http
from tests.support.staff import NOW, found_organization

ALL = "/organizations/{organization_id}/provider-accounts/{account_id}/syncs"
SETTINGS = {
    "contacts": ["ref-a", "ref-new"],
    "groups": ["g-1"],
    "customers": {"ref-a": "wx-1, wx-2", "g-1": ""},
}


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pool.forget()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with local_aws():
        found_organization()
        account = {"type": "sandbox", "settings": SETTINGS}
        organizations.put_provider_account("acme", "sandbox", account)
        for channel_id in ("a", "b"):
            open_channel(channel_id)
        yield


def call(
    name: str, route: str, *, role: str = "operator", account: str = "sandbox", **parts: Any
) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    path = {"organization_id": "acme", "account_id": account} | parts.pop("path", {})
    answer: dict[str, Any] = handler(http(route, claims=claims(role), path=path, **parts), None)
    return answer | {"json": json.loads(answer["body"])}


def ask(body: Any = None, key: str = "", **parts: Any) -> dict[str, Any]:
    headers = {"idempotency-key": key} if key else {}
    return call("request_sync", f"POST {ALL}", body=body or {}, headers=headers, **parts)


def deliver(name: str = "run_sync", kind: str = "sync.wanted.v1") -> None:
    """Deliver the events of a type, once."""
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        if item.type == kind:
            event = event_of(item)
            detail = {name: getattr(event, name) for name in event.__struct_fields__}
            detail["occurred_at"] = event.occurred_at.isoformat()
            handler({"detail-type": event.type, "detail": detail}, None)
            item.delete()


def test_a_sync_is_asked_for_runs_and_tells_what_it_found() -> None:
    """A9."""
    answer = ask({"customers": True})
    assert answer["statusCode"] == 202
    sync_id = answer["json"]["sync_id"]
    one = {"sync_id": sync_id}
    report = call("read_syncs", f"GET {ALL}/{{sync_id}}", path=one)["json"]
    assert report["status"] == "wanted"
    deliver()
    report = call("read_syncs", f"GET {ALL}/{{sync_id}}", path=one)["json"]
    assert report["status"] == "done"
    assert report["counts"] == {
        "channels": 1,
        "differing": 1,
        "gone": 1,
        "listed": 3,
        "new": 2,
        "outside": 2,
    }
    assert [line["provider_ref"] for line in report["new"]] == ["ref-new", "g-1"]
    assert [line["channel_id"] for line in report["gone"]] == ["b"]
    assert report["items"] == [
        {
            "channel_id": "a",
            "outside_before": 0,
            "outside": 2,
            "lost": 0,
            "lost_assignments": [],
        }
    ]
    (listed,) = call("read_syncs", f"GET {ALL}")["json"]["items"]
    assert listed["sync_id"] == sync_id
    assert "items" not in listed


def test_a_request_that_is_repeated_is_one_sync() -> None:
    first, again = ask(key="k-1"), ask(key="k-1")
    assert first["json"] == again["json"]
    assert ask({"customers": True}, key="k-1")["statusCode"] == 422


def test_another_sync_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    refused = ask()
    assert refused["statusCode"] == 429
    assert refused["json"]["type"] == "urn:sluice:problem:sync-just-wanted"
    assert refused["headers"]["Retry-After"] == "10"
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=10))
    assert ask()["statusCode"] == 202


def test_syncs_are_listed_newest_first_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = []
    for minute in range(3):
        monkeypatch.setattr(clock, "now", lambda minute=minute: NOW + timedelta(minutes=minute))
        wanted.append(ask()["json"]["sync_id"])
    seen, cursor = [], ""
    for _ in range(3):
        page = call("read_syncs", f"GET {ALL}", query={"limit": "2", "cursor": cursor})["json"]
        seen += [sync["sync_id"] for sync in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert seen == list(reversed(wanted))


def test_an_account_that_is_none_and_a_sync_that_is_none_are_not_found() -> None:
    assert ask(account="nobodys")["json"]["type"] == "urn:sluice:problem:no-such-provider-account"
    path = {"sync_id": "0" * 26}
    assert call("read_syncs", f"GET {ALL}/{{sync_id}}", path=path)["statusCode"] == 404


@pytest.mark.parametrize("body", [{"customers": "yes"}, {"customer": True}, []])
def test_bad_input_is_refused(body: Any) -> None:
    if body == []:
        body = b"[]"
    assert ask(body)["statusCode"] == 400


@pytest.mark.parametrize("role", ["member", "promoter", "merchant"])
def test_only_operators_sync(role: str) -> None:
    assert ask(role=role)["statusCode"] == 403
    assert call("read_syncs", f"GET {ALL}", role=role)["statusCode"] == 403


def test_the_schedule_starts_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    deliver()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    handler = importlib.import_module("functions.codes.start_due_syncs.handler").handler
    handler({}, None)
    deliver()
    page = call("read_syncs", f"GET {ALL}")["json"]["items"]
    assert [(sync["cause"], sync["status"]) for sync in page] == [
        ("schedule", "done"),
        ("operator", "done"),
    ]


@pytest.mark.parametrize("change", ["new", "gone", "changed"])
def test_the_providers_word_of_a_change_starts_a_sync(
    change: Literal["new", "gone", "changed"],
) -> None:
    """A9: at once."""
    happened = ChannelChanged(
        key="k-1", at=NOW, kind="contact", provider_ref="ref-b", change=change
    )
    told.keep("acme", "sandbox", [happened], NOW)
    deliver("apply_callback", told.TYPE)
    deliver()
    (sync,) = call("read_syncs", f"GET {ALL}")["json"]["items"]
    assert (sync["cause"], sync["status"]) == ("provider", "done")


def test_a_failed_sync_tells_why() -> None:
    """An account that lists nothing closes nothing."""
    organizations.put_provider_account("acme", "sandbox", {"type": "sandbox", "settings": None})
    sync_id = ask()["json"]["sync_id"]
    deliver()
    report = call("read_syncs", f"GET {ALL}/{{sync_id}}", path={"sync_id": sync_id})["json"]
    assert report["status"] == "failed"
    assert "rights" in report["failure"]
