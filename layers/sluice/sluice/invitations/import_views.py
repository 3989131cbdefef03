"""Imports of people, as operators see them (C1, C3)."""

from datetime import datetime

from sluice.invitations import import_files
from sluice.invitations.people_tables import PeopleImport
from sluice.invitations.rules.imports import Status
from sluice.shared import http


class ImportView(http.View):
    """How far an import is. The list is PUT to `upload_url`, as text/csv, within 15 minutes."""

    import_id: str
    action: str
    status: str
    created_at: datetime
    size_bytes: int
    offset_bytes: int  # up to where everything is stored
    stored: int  # people
    rejected: int
    list: str | None = None
    ended_at: datetime | None = None
    why: str | None = None
    upload_url: str | None = None
    rejects_url: str | None = None  # the first 10,000 lines that were not taken


def of_import(item: PeopleImport) -> ImportView:
    """Return the view of an import; no request."""
    awaited = item.status == Status.UPLOADING
    return ImportView(
        import_id=item.import_id,
        list=item.list_name,
        action=item.action,
        status=item.status,
        created_at=item.created_at,
        size_bytes=int(item.size_bytes),
        offset_bytes=int(item.offset_bytes),
        stored=int(item.stored),
        rejected=int(item.rejected),
        ended_at=item.ended_at,
        why=item.why,
        upload_url=import_files.upload_url(item) if awaited else None,
        rejects_url=import_files.rejects_url(item),
    )
