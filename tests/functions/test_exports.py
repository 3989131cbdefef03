"""Exports over HTTP and by their worker: whole, resumed, cancelled, forgotten (F7)."""

import csv
import hashlib
import importlib
import io
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.exports.write_export.handler import handler as write_export
from sluice.exports import exporting, rules, running, store
from sluice.exports.export_tables import EXPORTS as JOBS
from sluice.exports.export_tables import Export
from sluice.exports.kinds import KINDS
from sluice.exports.refusals import TooManyExports
from sluice.exports.rules import KEPT, NAMES, Status
from sluice.invitations.people_tables import PersonItem
from sluice.organizations import member_sheets, partners
from sluice.organizations import store as organizations
from sluice.push.rules.templates import Template, Wording
from sluice.push.store import templates
from sluice.shared import clock, settings, sheets
from sluice.shared.outbox import OutboxItem, event_of
from sluice.shared.slices import STALLED
from sluice.webhooks import keys
from sluice.webhooks.store import webhooks
from tests.support.aws import items_of, local_aws
from tests.support.codes import issue_code, open_channel
from tests.support.events import ORGANIZATION, claims, http
from tests.support.people import make_bucket
from tests.support.staff import NOW, found_organization

EXPORTS = "/organizations/{organization_id}/exports"
ONE = f"{EXPORTS}/{{export_id}}"
PEOPLE = 250


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with local_aws():
        found_organization()
        make_bucket()
        yield


def ask(name: str, context: str, route: str, body: Any = None, **more: Any) -> dict[str, Any]:
    path = {"organization_id": ORGANIZATION} | more.pop("path", {})
    event = http(route, path=path, body=body, claims=claims(more.pop("role", "operator")), **more)
    answer = importlib.import_module(f"functions.{context}.{name}.handler").handler(event, None)
    found: dict[str, Any] = json.loads(answer["body"])
    return found | {"http": answer["statusCode"]}


def manage(route: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return ask("manage_exports", "exports", route, body, **more)


def order(*kinds: str, file_format: str = "ndjson", **more: Any) -> str:
    body = {"format": file_format} | ({"kinds": kinds} if kinds else {})
    answer = manage(f"POST {EXPORTS}", body, **more)
    assert (answer["http"], answer["status"]) == (202, "running"), answer
    return str(answer["export_id"])


def seen(export_id: str, **query: str) -> dict[str, Any]:
    return manage(f"GET {ONE}", path={"export_id": export_id}, query=query)


def requests() -> list[Any]:
    found = [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    asked = [event for event in found if event.type == "export.requested.v1"]
    return sorted(asked, key=lambda event: event.version)


def deliver(export_id: str) -> None:
    event = [one for one in requests() if one.data["export_id"] == export_id][-1]
    detail = {name: getattr(event, name) for name in event.__struct_fields__}
    write_export({"detail-type": event.type, "detail": detail}, None)


def read(name: str, export_id: str) -> bytes:
    key = f"{ORGANIZATION}/exports/{export_id}/{name}"
    bucket = settings.text("PEOPLE_LISTS_BUCKET")
    data: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return data


def rows_of(export_id: str, kind: str) -> list[Any]:
    """Return the rows of a kind, each file checked by its hash."""
    found = []
    (listed,) = (one for one in manifest(export_id)["kinds"] if one["kind"] == kind)
    for file in listed.get("files", []):
        data = read(file["name"], export_id)
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert len(data) == file["size_bytes"]
        lines = [json.loads(line) for line in data.splitlines()]
        assert len(lines) == file["rows"]
        found += lines
    assert len(found) == listed["rows"]
    return found


def manifest(export_id: str) -> Any:
    return json.loads(read("manifest.json", export_id))


def hire(count: int = PEOPLE) -> None:
    for number in range(count):
        member = {"name": f"=Person {number}", "roles": {"member"}, "tags": {"a", "b;c"}}
        organizations.put_member(ORGANIZATION, f"m-{number:04}", member, NOW)


def members() -> list[dict[str, Any]]:
    """Return what the API lists, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(20):
        query = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        route = "GET /organizations/{organization_id}/members"
        page = ask("list_members", "organizations", route, query=query)
        found += page["items"]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    return found


def test_every_kind_has_a_name_and_all_are_exported_without_being_named() -> None:
    """F7."""
    assert tuple(KINDS) == NAMES
    hire(3)
    open_channel("front-desk")
    issue_code()
    words = Wording(title="Tea", body="Here")
    templates.put_template(ORGANIZATION, "t-1", Template({"en": words}, "en"), NOW)
    export_id = order()
    deliver(export_id)
    done = seen(export_id)
    assert (done["status"], done["kinds_done"]) == ("done", len(NAMES))
    assert [one["kind"] for one in manifest(export_id)["kinds"]] == list(NAMES)
    counted = {"organization": 1, "members": 5, "partners": 1, "channels": 1, "codes": 1}
    assert done["rows"].items() >= (counted | {"templates": 1, "assignments": 0}).items()
    assert rows_of(export_id, "partners") == [{"partner_id": "shop", "name": "The Shop"}]


def test_partners_go_with_their_quotas_and_webhooks_without_their_secrets() -> None:
    """F7: whoever takes them elsewhere has what they set up here; secrets are made anew there."""
    partners.put_partner(ORGANIZATION, "shop", "The Shop", NOW, quota={"per_day": 500})
    events = {"signup.recorded.v1"}
    wanted = webhooks.Wanted("https://shop.example/told", events, None, webhooks.ACTIVE)
    secret = keys.secret_of(webhooks.put_webhook(ORGANIZATION, "shop", wanted, NOW).webhook)
    export_id = order("partners", "webhooks")
    deliver(export_id)
    (partner,) = rows_of(export_id, "partners")
    assert partner["quota"] == {"per_day": 500}
    (webhook,) = rows_of(export_id, "webhooks")
    assert (webhook["url"], webhook["events"]) == (wanted.url, ["signup.recorded.v1"])
    (file,) = manifest(export_id)["kinds"][1]["files"]
    assert secret.encode() not in read(file["name"], export_id)
    assert "secret" not in manifest(export_id)["kinds"][1]["columns"]


def test_ndjson_has_the_rows_of_the_api_and_the_manifest_their_counts() -> None:
    """F7."""
    hire()
    export_id = order("members", "organization")
    deliver(export_id)
    assert rows_of(export_id, "members") == members()
    assert seen(export_id)["rows"] == {"members": PEOPLE + 2, "organization": 1}
    assert (
        seen(export_id)["manifest_sha256"]
        == hashlib.sha256(read("manifest.json", export_id)).hexdigest()
    )


def test_csv_of_members_is_what_their_import_takes_back() -> None:
    """F7."""
    hire(3)
    export_id = order("members", file_format="csv")
    deliver(export_id)
    (file,) = seen(export_id)["files"]
    data = read(file["name"], export_id)
    lines = sheets.read(data, member_sheets.COLUMNS, member_sheets.REQUIRED)
    taken = [member_sheets.parse({**line.cells}) for line in lines if line.cells.pop("member_id")]
    assert [one.name for one in taken] == [one["name"] for one in members()]
    assert b"'=Person" in data, "what begins like a formula is none"


def test_files_end_at_some_size_and_each_csv_has_its_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "PART_BYTES", 2_000)
    hire()
    export_id = order("members", file_format="csv")
    deliver(export_id)
    done = seen(export_id)
    assert done["parts"] == 3, "a page of 100 is past the size"
    names = []
    for file in done["files"]:
        text = read(file["name"], export_id).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert rows[0] == list(member_sheets.COLUMNS)
        names += [row[0] for row in rows[1:]]
    assert names == [one["member_id"] for one in members()]
    first = seen(export_id, limit="2")
    rest = seen(export_id, limit="2", cursor=first["next_cursor"])
    paged = [file["name"] for file in [*first["files"], *rest["files"]]]
    assert paged == [file["name"] for file in done["files"]]


def test_a_worker_out_of_time_goes_on_in_the_next_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    hire(12)
    for number in range(3):
        open_channel(f"c-{number}")
    export_id = order("members", "assignments", "channels")
    passed = iter(range(0, 10_000, 1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(passed, 10_000)))
    for _ in range(100):
        deliver(export_id)
        if seen(export_id)["status"] == "done":
            break
        passed = iter(range(0, 10_000, 1000))
    assert seen(export_id)["status"] == "done"
    assert len(requests()) > 5, "a page of each list is a slice"
    assert rows_of(export_id, "members") == members()
    assert len(rows_of(export_id, "channels")) == 3


def test_an_event_that_comes_again_writes_nothing_twice() -> None:
    hire(3)
    export_id = order("members")
    deliver(export_id)
    before = seen(export_id)
    deliver(export_id)
    after = seen(export_id)
    assert before["parts"] == after["parts"] == 1
    assert before["rows"] == after["rows"]


def test_of_two_workers_one_stops_and_its_file_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    hire(3)
    export_id = order("members", "organization")
    keep = store.checkpoint
    met: list[str] = []

    def checkpoint(item: Export, *given: Any) -> bool:
        if not met:
            met.append(item.export_id)
            hire(4)  # the other reads one more
            deliver(export_id)
        return keep(item, *given)

    monkeypatch.setattr(store, "checkpoint", checkpoint)
    deliver(export_id)
    assert seen(export_id)["status"] == "done"
    assert rows_of(export_id, "members") == members()


def test_one_that_is_cancelled_is_written_on_no_further_and_hands_out_nothing() -> None:
    hire(3)
    export_id = order("members")
    cancelled = manage(f"DELETE {ONE}", path={"export_id": export_id})
    assert (cancelled["http"], cancelled["status"]) == (200, "cancelled")
    deliver(export_id)
    shown = seen(export_id)
    assert (shown["status"], shown["parts"]) == ("cancelled", 0)
    other = order("members")
    deliver(other)
    assert seen(other)["files"][0]["url"].startswith("https://")
    for _ in range(2):
        assert manage(f"DELETE {ONE}", path={"export_id": other})["status"] == "cancelled"
    assert "url" not in seen(other)["files"][0]
    assert "manifest_url" not in seen(other)


def test_files_are_kept_for_a_week_and_a_silent_worker_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done, silent = order("members"), order("members")
    deliver(done)
    monkeypatch.setattr(clock, "now", lambda: NOW + STALLED)
    assert seen(silent)["status"] == "failed"
    assert "anew" in seen(silent)["why"]
    monkeypatch.setattr(clock, "now", lambda: NOW + KEPT - timedelta(seconds=1))
    assert seen(done)["status"] == "done"
    monkeypatch.setattr(clock, "now", lambda: NOW + KEPT)
    assert seen(done)["status"] == "expired"
    assert "url" not in seen(done)["files"][0]


def test_few_run_at_once_and_one_that_ends_makes_room() -> None:
    """Guarded by the order's write: nobody counts first."""
    headers = {"Idempotency-Key": "first"}
    first = order("members", headers=headers)
    second = order("members")
    third = order("members")
    for _ in range(2):
        refused = manage(f"POST {EXPORTS}", {"kinds": ["members"]})
        assert (refused["http"], refused["type"]) == (409, "urn:sluice:problem:too-many-exports")
    assert order("members", headers=headers) == first, "asked again it is answered as before"
    assert len(requests()) == 3
    store.start_export("other", store.Order(["members"], "csv", "", "boss"), claim=None, now=NOW)
    deliver(first)
    fourth = order("members")
    assert manage(f"DELETE {ONE}", path={"export_id": second})["status"] == "cancelled"
    assert manage(f"DELETE {ONE}", path={"export_id": first})["status"] == "cancelled"
    order("members")
    assert manage(f"POST {EXPORTS}", {})["http"] == 409
    for export_id in (third, fourth):
        deliver(export_id)
        assert seen(export_id)["status"] == "done"
    listed = manage(f"GET {EXPORTS}")["items"]
    assert len(listed) == 5


def test_one_whose_worker_stopped_makes_room_and_is_written_on_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hire(3)
    silent = [order("members") for _ in range(running.MAX_RUNNING)]
    now = NOW + STALLED
    monkeypatch.setattr(clock, "now", lambda: now)
    fresh = order("members")
    for export_id in silent:
        deliver(export_id)  # late
        assert seen(export_id)["status"] == "failed"
        assert seen(export_id)["parts"] == 0
    told = [item.type for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    assert told.count("export.failed.v1") == len(silent)
    deliver(fresh)
    assert seen(fresh)["status"] == "done"


def test_one_that_moves_while_room_is_made_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hire(3)
    silent = [order("members") for _ in range(running.MAX_RUNNING)]
    now = NOW + STALLED
    monkeypatch.setattr(clock, "now", lambda: now)

    def moved(*given: Any) -> Status:
        status = rules.status_of(*given)
        for export_id in silent:
            item = JOBS.load(ORGANIZATION, export_id)
            if item.moved_at < now:
                store.resume(item, now)
        return status

    monkeypatch.setattr("sluice.exports.store.status_of", moved)
    assert manage(f"POST {EXPORTS}", {})["http"] == 409
    assert {seen(export_id)["status"] for export_id in silent} == {"running"}


def test_one_that_is_done_while_room_is_made_stays_done(monkeypatch: pytest.MonkeyPatch) -> None:
    running_ids = [order("members") for _ in range(running.MAX_RUNNING)]
    counted = running.counted

    def late(refusal: TooManyExports) -> list[str]:
        deliver(running_ids[0])
        return counted(refusal)

    monkeypatch.setattr(running, "counted", late)
    order("members")
    assert [seen(one)["status"] for one in running_ids] == ["done", "running", "running"]


def test_too_many_files_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PART_BYTES", 10)
    monkeypatch.setattr(exporting, "MAX_PARTS", 1)
    hire()
    export_id = order("members")
    deliver(export_id)
    shown = seen(export_id)
    assert (shown["status"], shown["why"]) == ("failed", "over 1 files")


def test_an_order_with_a_key_is_one_order_and_lists_are_paged() -> None:
    headers = {"Idempotency-Key": "once"}
    first = order("members", headers=headers)
    assert order("members", headers=headers) == first
    ids = {first, order("codes"), order("codes", file_format="csv")}
    page = manage(f"GET {EXPORTS}", query={"limit": "2"})
    rest = manage(f"GET {EXPORTS}", query={"limit": "2", "cursor": page["next_cursor"]})
    assert {one["export_id"] for one in [*page["items"], *rest["items"]]} == ids
    assert len(rest["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"kinds": []},
        {"kinds": ["secrets"]},
        {"kinds": ["members", "members"]},
        {"format": "xml"},
        {"kinds": "members"},
        {"all": True},
    ],
)
def test_a_wrong_order_is_refused_and_changes_nothing(body: Any) -> None:
    answer = manage(f"POST {EXPORTS}", body)
    assert (answer["http"], answer["title"]) == (400, "The request is not valid")
    assert not [item for item in items_of(PersonItem) if isinstance(item, Export)]


def test_exports_are_operators_and_of_their_organization() -> None:
    assert manage(f"POST {EXPORTS}", {}, role="member")["http"] == 403
    assert manage(f"GET {EXPORTS}", role="merchant")["http"] == 403
    assert seen("0" * 26)["http"] == 404
    assert manage(f"DELETE {ONE}", path={"export_id": "0" * 26})["http"] == 404
    export_id = order("members")
    assert JOBS.find("other", export_id) is None


def test_a_status_is_told_by_the_clock() -> None:
    now = NOW
    assert rules.status_of("running", now, now - STALLED, now) == Status.FAILED
    assert rules.status_of("cancelled", now - KEPT, now, now) == Status.CANCELLED
