"""An export of a hundred thousand rows: nothing twice, nothing lost, memory as for few (F7)."""

import hashlib
import tracemalloc
from typing import Any

import pytest

from sluice.codes.views.assignments import StaffAssignmentView
from sluice.exports import exporting, kinds, store
from sluice.exports.export_tables import EXPORTS
from sluice.exports.store import Order
from sluice.exports.walks import PAGE, Asked, Found, flat
from sluice.shared import files
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW, found_organization

ROWS = 100_000
MAX_BYTES = 16_000_000  # a file of 4 MB, its pages, and both once more while it is joined
FOREVER = float("inf")


def page(_: Asked, cursor: str) -> Found:
    """Return rows as a channel's list does; the tables themselves would be in this memory."""
    first = int(cursor or 0)
    rows = [
        StaffAssignmentView(
            assignment_id=f"{number:026}",
            customer_id=f"{number:026}",
            channel_id="front-desk",
            provider="sandbox",
            code="7KQ4MZP2XWBD",
            status="connected",
            reserved_at=NOW,
            late=False,
        )
        for number in range(first, first + PAGE)
    ]
    return rows, str(first + PAGE) if first + PAGE < ROWS else None


@pytest.mark.proof
@pytest.mark.parametrize("file_format", ["ndjson", "csv"])
def test_a_hundred_thousand_rows_take_little_memory(
    monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    """F7."""
    written: dict[str, tuple[int, str]] = {}
    seen: set[bytes] = set()

    def write(place: files.Place, data: bytes, _: str) -> None:
        name = place["Key"].rsplit("/", 1)[1]
        written[name] = len(data), hashlib.sha256(data).hexdigest()
        if name != "manifest.json":
            seen.update(hashlib.md5(line).digest() for line in data.splitlines())  # noqa: S324

    kind = kinds.KINDS["assignments"]._replace(walk=flat(page))
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, "assignments": kind})
    monkeypatch.setattr(exporting, "KINDS", kinds.KINDS)
    monkeypatch.setattr(files, "write", write)
    with local_aws():
        found_organization()
        order = Order(("assignments",), file_format, "https://s.example.com", "boss")
        export_id = store.start_export(ORGANIZATION, order, claim=None, now=NOW)
        peak = _peak(export_id)
        item: Any = EXPORTS.load(ORGANIZATION, export_id)
        parts = store.list_parts(item, 0)
    assert (item.status, item.rows) == ("done", {"assignments": ROWS})
    assert [(int(one.size_bytes), one.sha256) for one in parts] == [
        written[one.name] for one in parts
    ]
    headers = file_format == "csv"
    assert len(seen) == ROWS + headers
    print(f"{ROWS} rows, {len(parts)} files, {item.size_bytes:,.0f} bytes, {peak:,} held at most")
    assert len(parts) >= 3
    assert peak < MAX_BYTES + ROWS * 120  # what this test keeps of each line


def _peak(export_id: str) -> int:
    tracemalloc.start()
    try:
        exporting.work(ORGANIZATION, export_id, 1, FOREVER)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
