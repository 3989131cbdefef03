"""The worker of an export: lists walked on from its checkpoint, file by file (F7).

A row stands in a file as it was when its page was read; what comes or goes while the export runs
may be in it or not. The checkpoint counts a file and moves the place in one transaction.
"""

import time

from sluice.exports import export_files, store
from sluice.exports.export_files import Part
from sluice.exports.export_tables import EXPORTS, Export
from sluice.exports.kinds import KINDS
from sluice.exports.rules import MAX_PARTS, PART_BYTES, Place, Status, after
from sluice.exports.walks import Asked
from sluice.shared import clock, telemetry


def work(organization_id: str, export_id: str, number: int, until: float) -> None:
    """Bring an export on in its slice `number`, until the monotonic clock says so, in seconds.

    For each 100 rows what their list costs; for each file one request and a transaction of 2
    items. A slice that is over, cancelled or another's is left alone.
    """
    item = EXPORTS.find(organization_id, export_id)
    if item is None or item.status != Status.RUNNING or int(item.slice) != number:
        return
    asked = Asked(organization_id, item.base_url, item.created_at)
    while int(item.place_kind) < len(item.kinds):
        if not _walk(item, asked, until):
            break
    else:
        sha256 = export_files.write_manifest(item, store.list_parts(item, 0))
        store.end(item, Status.DONE, clock.now(), manifest_sha256=sha256)
    telemetry.note(status=item.status, parts=int(item.parts), size_bytes=int(item.size_bytes))


def _walk(item: Export, asked: Asked, until: float) -> bool:
    """Bring one kind into files. False: not to its end, or the export moved on meanwhile."""
    number = int(item.place_kind)
    name = item.kinds[number]
    part = Part(name, item.format)
    for rows, following in KINDS[name].walk(asked, item.place_inside):
        part.add(rows)
        is_over = time.monotonic() >= until
        place = after(Place(number, ""), following)
        if part.size_bytes >= PART_BYTES or is_over or following is None:
            if not _keep(item, place, part):
                return False
            part = Part(name, item.format)
        if is_over:
            store.resume(item, clock.now())
            return False
        if following is None:
            return True
    return _keep(item, Place(number + 1, ""), part)


def _keep(item: Export, place: Place, part: Part) -> bool:
    if part.rows and int(item.parts) >= MAX_PARTS:
        store.end(item, Status.FAILED, clock.now(), why=f"over {MAX_PARTS} files")
        return False
    return store.checkpoint(item, place, part.write(item), clock.now())
