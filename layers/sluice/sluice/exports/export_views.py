"""Exports, as operators see them (F7)."""

from collections.abc import Sequence
from datetime import datetime

from sluice.exports import places
from sluice.exports.export_tables import Export, ExportPart
from sluice.exports.rules import KEPT, STOPPED, Status, status_of
from sluice.shared import http

_WHY = {Status.FAILED: STOPPED}


class ExportFileView(http.View):
    """A file; read it from `url` within 15 minutes, and ask again for another."""

    name: str
    kind: str
    rows: int
    size_bytes: int
    sha256: str
    url: str | None = None  # none where the files are kept no longer


class ExportView(http.View):
    """How far an export is. `kinds_done` of `kinds` are wholly in files; `rows` are by kind.

    Files are kept for 7 days, until `files_until`. One whose worker is not heard of for 20 minutes
    has failed.
    """

    export_id: str
    format: str
    status: str
    created_at: datetime
    created_by: str
    kinds: list[str]
    kinds_done: int
    rows: dict[str, int]
    parts: int
    size_bytes: int
    ended_at: datetime | None = None
    files_until: datetime | None = None
    why: str | None = None
    manifest_url: str | None = None
    manifest_sha256: str | None = None
    files: list[ExportFileView] | None = None  # a page of them
    next_cursor: str | None = None


class ExportPage(http.View):
    """Some of the exports, newest first, without their files."""

    items: list[ExportView]
    next_cursor: str | None = None


def line_of(item: Export, now: datetime) -> ExportView:
    """Return the view of an export among others."""
    status = status_of(item.status, item.created_at, item.moved_at, now)
    is_kept = status in {Status.RUNNING, Status.DONE, Status.FAILED}
    return ExportView(
        export_id=item.export_id,
        format=item.format,
        status=status,
        created_at=item.created_at,
        created_by=item.created_by,
        kinds=list(item.kinds),
        kinds_done=int(item.place_kind),
        rows={name: int(item.rows.get(name, 0)) for name in item.kinds},
        parts=int(item.parts),
        size_bytes=int(item.size_bytes),
        ended_at=item.ended_at,
        files_until=item.created_at + KEPT if is_kept else None,
        why=item.why if status == item.status else _WHY.get(status),
        manifest_sha256=item.manifest_sha256,
    )


def of_export(
    item: Export, parts: Sequence[ExportPart], following: str | None, now: datetime
) -> ExportView:
    """Return the view of an export with a page of its files; no request."""
    view = line_of(item, now)
    is_kept = view.files_until is not None
    view.files = [
        ExportFileView(
            name=part.name,
            kind=part.row_kind,
            rows=int(part.rows),
            size_bytes=int(part.size_bytes),
            sha256=part.sha256,
            url=places.url_of(item, part.name) if is_kept else None,
        )
        for part in parts
    ]
    view.next_cursor = following
    if view.status == Status.DONE:
        view.manifest_url = places.url_of(item, places.MANIFEST)
    return view
