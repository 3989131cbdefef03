"""Imports of people over HTTP and by their worker: resumed, cancelled, told of (C1, C3, C6)."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.invitations.import_people.handler import handler as import_people
from sluice.invitations import identities, import_files, importing
from sluice.invitations.people_tables import ListEntry, PersonItem
from sluice.invitations.rules import imports as rules
from sluice.invitations.rules.identity import Identity
from sluice.invitations.store import imports, people
from sluice.shared import batches, clock, settings
from sluice.shared.errors import Contention
from sluice.shared.outbox import OutboxItem, event_of
from sluice.shared.slices import STALLED
from tests.functions.test_people import ORG, ask, told
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.people import make_bucket, upload
from tests.support.staff import found_organization

IMPORTS = f"{ORG}/people-imports"
ONE = f"{IMPORTS}/{{import_id}}"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rules, "PIECE_BYTES", 400)
    monkeypatch.setattr(import_files, "PIECE_BYTES", 400)
    with local_aws():
        found_organization()
        make_bucket()
        yield


def files() -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=settings.text("PEOPLE_LISTS_BUCKET"))
    return [item["Key"] for item in found.get("Contents", [])]


def order(data: bytes | None, list_name: str | None = "existing_customers", **more: Any) -> str:
    body = {"size_bytes": len(data or b"x")} | more
    if list_name is not None:
        body["list"] = list_name
    answer = told(ask("start_people_import", f"POST {IMPORTS}", body), 202)
    assert answer["status"] == "uploading"
    assert answer["upload_url"].startswith("https://")
    import_id = str(answer["import_id"])
    if data is not None:
        upload(import_id, data)
    return import_id


def change(import_id: str, status: str) -> Any:
    path = {"import_id": import_id}
    return ask("put_people_import", f"PUT {ONE}", {"status": status}, path=path)


def seen(import_id: str) -> dict[str, Any]:
    return told(ask("put_people_import", f"GET {ONE}", path={"import_id": import_id}))


def events(kind: str) -> list[dict[str, Any]]:
    found = [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    named = sorted((event for event in found if event.type == kind), key=lambda one: one.version)
    return [json.loads(json.dumps(event.data, default=str)) for event in named]


def deliver(data: dict[str, Any]) -> None:
    detail = {
        "id": "e-1",
        "type": "people_import.requested.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": "2026-03-05T08:00:00Z",
        "version": data["slice"],
        "data": data,
    }
    import_people({"detail-type": detail["type"], "detail": detail}, None)


def go_on() -> None:
    deliver(events("people_import.requested.v1")[-1])


def play(data: bytes, *named: Any, **more: Any) -> dict[str, Any]:
    import_id = order(data, *named, **more)
    assert told(change(import_id, "running"))["status"] == "running"
    go_on()
    return seen(import_id)


def members(list_name: str) -> set[str]:
    found = [item for item in items_of(PersonItem) if isinstance(item, ListEntry)]
    return {item.key.split("#")[1] for item in found if item.list_name == list_name}


def keys(*given: Identity) -> tuple[str, ...]:
    return identities.keys_of(ORGANIZATION, given, "identities")


def sheet(count: int, first: int = 0) -> bytes:
    lines = "".join(f"+86138{n:08d},c-{n},u-{n}\r\n" for n in range(first, first + count))
    return b"phone,id:app1,user\r\n" + lines.encode()


def test_a_list_is_imported_and_then_forgotten() -> None:
    """C1, C3, C6."""
    data = sheet(100) + b"13800000001,,\r\n+8613900000001,,\r\nnobody\r\n"
    done = play(data)
    assert (done["status"], done["stored"], done["rejected"]) == ("done", 101, 2)
    assert done["offset_bytes"] == len(data)
    assert len(members("existing_customers")) == 301
    assert people.find_user(ORGANIZATION, keys(Identity("id:app1", "c-42"))[0]) == "u-42"
    (rejects,) = files()
    body = boto3.client("s3").get_object(Bucket=settings.text("PEOPLE_LISTS_BUCKET"), Key=rejects)
    lines = body["Body"].read().decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["line", "102", "104"]
    assert rejects in done["rejects_url"]
    assert "13800000001" not in str(lines)


def test_a_list_imported_again_changes_nothing_and_another_takes_people_off() -> None:
    play(sheet(20))
    before = members("existing_customers")
    play(sheet(20))
    assert members("existing_customers") == before
    play(sheet(10), action="remove")
    assert members("existing_customers") < before
    assert len(members("existing_customers")) == 30


def test_without_a_list_it_is_the_mapping_alone() -> None:
    play(sheet(3), None)
    assert not members("existing_customers")
    assert people.find_user(ORGANIZATION, keys(Identity("id:app1", "c-2"))[0]) == "u-2"
    body = {"size_bytes": 5, "action": "remove"}
    assert ask("start_people_import", f"POST {IMPORTS}", body)["statusCode"] == 400


def test_attributes_are_what_segments_look_at() -> None:
    play(b"user,attribute.age,attribute.city\r\nu-1,34,Hangzhou\r\n", "segment:gold")
    known = people.find_known(ORGANIZATION, keys(Identity("user", "u-1")))
    assert (dict(known.attributes), known.is_on("segment:gold")) == (
        {"age": 34, "city": "Hangzhou"},
        True,
    )


def test_a_worker_that_dies_goes_on_at_its_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = order(sheet(100))
    told(change(import_id, "running"))
    real, calls = batches.write, iter(range(100))

    def dying(*given: Any) -> None:
        if next(calls) == 7:
            raise Contention
        real(*given)

    monkeypatch.setattr(batches, "write", dying)
    with pytest.raises(Contention):
        go_on()
    stopped = seen(import_id)
    assert 0 < stopped["offset_bytes"] < len(sheet(100))
    go_on()
    assert seen(import_id)["stored"] == 100
    assert len(members("existing_customers")) == 300


def test_when_time_is_over_the_next_slice_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = order(sheet(100))
    told(change(import_id, "running"))
    now = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    for asked in range(1, 20):
        importing.work(ORGANIZATION, import_id, asked, next(now) + 4)
        if seen(import_id)["status"] == "done":
            break
    assert asked > 1
    assert seen(import_id)["stored"] == 100
    importing.work(ORGANIZATION, import_id, 1, next(now) + 4)  # delivered again: over
    assert seen(import_id)["stored"] == 100


def test_of_two_workers_at_once_one_ends_at_the_others_checkpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_id = order(sheet(100))
    told(change(import_id, "running"))
    other = iter([True])
    real: Any = imports.checkpoint

    def late(*given: Any, **named: Any) -> bool:
        if next(other, False):
            importing.work(ORGANIZATION, import_id, 1, time.monotonic() + 60)
        return bool(real(*given, **named))

    monkeypatch.setattr(imports, "checkpoint", late)
    go_on()
    done = seen(import_id)
    assert (done["status"], done["stored"]) == ("done", 100)


def test_a_cancelled_import_stops_and_is_not_set_going_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_id = order(sheet(100))
    told(change(import_id, "running"))
    cancels = iter([False, True])
    real: Any = imports.checkpoint

    def cancelling(*given: Any, **named: Any) -> bool:
        if next(cancels, False):
            told(change(import_id, "cancelled"))
        return bool(real(*given, **named))

    monkeypatch.setattr(imports, "checkpoint", cancelling)
    go_on()
    stopped = seen(import_id)
    assert stopped["status"] == "cancelled"
    assert 0 < stopped["stored"] < 100
    assert told(change(import_id, "cancelled"))["status"] == "cancelled"
    assert change(import_id, "running")["statusCode"] == 409


@pytest.mark.parametrize("data", [None, b"name\r\nLin\r\n", b"user\r\n" + b"x" * 5000])
def test_a_list_that_is_none_fails_with_a_reason_and_may_be_tried_again(data: bytes | None) -> None:
    import_id = order(data)
    told(change(import_id, "running"))
    go_on()
    failed = seen(import_id)
    assert failed["status"] == "failed"
    assert failed["why"]
    upload(import_id, sheet(3))
    assert told(change(import_id, "running"))["status"] == "running"
    go_on()
    assert seen(import_id)["status"] in {"done", "failed"}


def test_an_import_whose_worker_is_gone_has_failed_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever ended the worker's last try: nobody told."""
    import_id = order(sheet(100))
    told(change(import_id, "running"))
    real, calls = batches.write, iter(range(100))

    def dying(*given: Any) -> None:
        if next(calls) > 3:
            raise Contention
        real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(batches, "write", dying)
        with pytest.raises(Contention):
            go_on()
    now = clock.now()
    assert seen(import_id)["status"] == "running", "Lambda tries it again"
    monkeypatch.setattr(clock, "now", lambda: now + STALLED)
    stopped = seen(import_id)
    assert (stopped["status"], stopped["why"]) == ("failed", rules.STOPPED)
    again = told(change(import_id, "running"))
    assert (again["status"], again["offset_bytes"]) == ("running", stopped["offset_bytes"])
    assert "why" not in again
    deliver(events("people_import.requested.v1")[0])
    assert seen(import_id)["stored"] == stopped["stored"], "the slice that was given up is over"
    go_on()
    assert (seen(import_id)["status"], seen(import_id)["stored"]) == ("done", 100)


def test_imports_are_listed_newest_first_without_addresses() -> None:
    route = f"GET {IMPORTS}"
    ordered = [order(sheet(1)) for _ in range(3)]
    told(change(ordered[0], "cancelled"))
    page = told(ask("put_people_import", route, query={"limit": "2"}))
    assert [item["import_id"] for item in page["items"]] == sorted(ordered[1:], reverse=True)
    assert "upload_url" not in page["items"][0]
    query = {"limit": "2", "cursor": page["next_cursor"]}
    rest = told(ask("put_people_import", route, query=query))
    assert [item["status"] for item in rest["items"]] == ["cancelled"]
    assert "next_cursor" not in rest
    assert ask("put_people_import", route, query={"cursor": "no"})["statusCode"] == 400


def test_acts_are_told_a_hundred_people_at_a_time() -> None:
    """C4."""
    play(sheet(10), "activity:spring")
    acts = events("activity.recorded.v1")
    people_told = [one for act in acts for one in act["people"]]
    assert {act["promotion_id"] for act in acts} == {"spring"}
    assert sum(len(one["person_keys"]) for one in people_told) == 30


def test_there_is_no_such_import() -> None:
    path = {"import_id": "none"}
    assert ask("put_people_import", f"GET {ONE}", path=path)["statusCode"] == 404
