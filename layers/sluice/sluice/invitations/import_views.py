"""Imports of people, as operators see them (C1, C3)."""

from datetime import datetime

from sluice.invitations import import_files
from sluice.invitations.people_tables import PeopleImport
from sluice.invitations.rules.imports import STOPPED, Status, status_of
from sluice.shared import http


class ImportView(http.View):
    """How far an import is. The list is PUT to `upload_url`, as text/csv, within 15 minutes.

    One whose worker is not heard of for 20 minutes has failed, and may be set running again.
    """

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


class ImportPage(http.View):
    """Some of the imports, newest first, without addresses of files."""

    items: list[ImportView]
    next_cursor: str | None = None


def of_import(item: PeopleImport, now: datetime) -> ImportView:
    """Return the view of an import, with where its files are; no request."""
    view = line_of(item, now)
    if view.status == Status.UPLOADING:
        view.upload_url = import_files.upload_url(item)
    view.rejects_url = import_files.rejects_url(item)
    return view


def line_of(item: PeopleImport, now: datetime) -> ImportView:
    """Return the view of an import among others."""
    status = status_of(item.status, item.moved_at, now)
    return ImportView(
        import_id=item.import_id,
        list=item.list_name,
        action=item.action,
        status=status,
        created_at=item.created_at,
        size_bytes=int(item.size_bytes),
        offset_bytes=int(item.offset_bytes),
        stored=int(item.stored),
        rejected=int(item.rejected),
        ended_at=item.ended_at,
        why=STOPPED if status != item.status else item.why,
    )
