"""A large list of people, imported on AWS's own engine (C1, C3). `PEOPLE_ROWS` says how large."""

import os
import time
from typing import Any

import pytest

from sluice.invitations import identities, importing
from sluice.invitations.people_tables import IMPORTS, PersonItem
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.imports import Status
from sluice.invitations.store import imports, people
from sluice.shared import clock, files, slices
from sluice.shared.table import connection
from tests.load.clients import meter
from tests.support.events import ORGANIZATION

pytestmark = pytest.mark.proof
ROWS = int(os.environ.get("PEOPLE_ROWS", "5000"))
EVERY = 1000  # rows between two wrong ones


@pytest.fixture
def uploaded(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Keep files in this process: there is no S3 beside DynamoDB Local."""
    found: dict[str, bytes] = {}

    def read_part(place: files.Place, offset: int, size_bytes: int) -> tuple[bytes, bool]:
        data = found[place["Key"]]
        end = offset + size_bytes
        return data[offset:end], end >= len(data)

    def write(place: files.Place, data: bytes, _: str) -> None:
        found[place["Key"]] = data

    monkeypatch.setattr(files, "read_part", read_part)
    monkeypatch.setattr(files, "write", write)
    monkeypatch.setattr(files, "delete", lambda place: found.pop(place["Key"]))
    return found


def _count() -> int:
    """Count the table's items, page by page."""
    total, last = 0, None
    while True:
        wanted: dict[str, Any] = {
            "TableName": PersonItem.Meta.table_name,
            "Select": "COUNT",
            "Limit": 2000,
        }
        page = connection.dispatch("Scan", wanted | ({"ExclusiveStartKey": last} if last else {}))
        total, last = total + int(page["Count"]), page.get("LastEvaluatedKey")
        if last is None:
            return total


def test_a_list_is_imported_whole_each_person_once(uploaded: dict[str, bytes]) -> None:
    """C1, C3: in slices, with wrong lines between, and a slice that is delivered twice."""
    lines = [f"+86138{n:08d}" if n % EVERY else "nobody" for n in range(1, ROWS + 1)]
    data = "\n".join(["phone", *lines]).encode()
    now, wrong = clock.now(), ROWS // EVERY
    import_id = imports.start_import(
        ORGANIZATION, "existing_customers", "add", len(data), "boss", claim=None, now=now
    )
    uploaded[f"{ORGANIZATION}/{import_id}/list"] = data
    imports.change_import(ORGANIZATION, import_id, Status.RUNNING, now)
    met = meter()
    began, processor = time.monotonic(), time.process_time()
    worked = 0
    while (item := IMPORTS.load(ORGANIZATION, import_id)).status == Status.RUNNING:
        worked += 1
        until = time.monotonic() + slices.SECONDS
        importing.work(ORGANIZATION, import_id, int(item.slice), until)
    took, computed = time.monotonic() - began, time.process_time() - processor
    importing.work(ORGANIZATION, import_id, 1, time.monotonic() + slices.SECONDS)
    print(
        f"\n{ROWS} rows, {len(data)} bytes: {took:.1f} s, {computed:.1f} s of processor, "
        f"{met['requests']} requests, {worked} slices, {ROWS / took:.0f} rows a second"
    )
    assert (item.status, item.stored, item.rejected) == (Status.DONE, ROWS - wrong, wrong)
    assert _count() == ROWS - wrong + 1, "and the import itself"
    keys = identities.keys_of(ORGANIZATION, [Identity("phone", "+8613800000001")], "phone")
    entry = people.find_entry(ORGANIZATION, "existing_customers", keys[0])
    assert entry is not None
    assert entry.source == f"import:{import_id}"
    assert [name for name in uploaded if name.endswith("/list")] == [], "the list is forgotten"
