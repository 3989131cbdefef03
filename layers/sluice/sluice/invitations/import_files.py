"""The files of an import: the list that was uploaded, and the lines that were not taken."""

from collections.abc import Sequence

from sluice.invitations.people_tables import PeopleImport
from sluice.invitations.rules.imports import MAX_LISTED, PIECE_BYTES, ListError, Reject
from sluice.shared import files, settings, sheets

MEDIA_TYPE = sheets.MEDIA_TYPE
MAX_REJECTS_BYTES = 4_000_000
_HEADER = b"line,reason\r\n"


def upload_url(item: PeopleImport) -> str:
    """Return where the list is PUT within 15 minutes: no request."""
    return files.sign_upload(_list(item), MEDIA_TYPE, int(item.size_bytes))


def rejects_url(item: PeopleImport) -> str | None:
    """Return where the rejected lines are read within 15 minutes; None: there are none."""
    written = _whole(item.rejects_at)
    return None if written is None else files.sign_download(_rejects(item, written))


def read_part(item: PeopleImport, offset: int) -> tuple[bytes, bool]:
    """Return 256 KiB of the list, and whether it ends there: one request. Raises ListError."""
    try:
        return files.read_part(_list(item), offset, PIECE_BYTES)
    except files.MissingFileError:
        raise ListError("its list was not uploaded") from None


def add_rejects(item: PeopleImport, rejects: Sequence[Reject], offset: int) -> int | None:
    """Write the rejects so far and these, at most 10,000 lines; return what names the file.

    A file of its own for each piece, named by where the piece ends: repeated it is the same, and
    the one that counts is named by the checkpoint. Two requests; none without rejects.
    """
    room, written = MAX_LISTED - int(item.rejected), _whole(item.rejects_at)
    if not rejects or room <= 0:
        return written
    before = _HEADER
    if written is not None:
        before, _ = files.read_part(_rejects(item, written), 0, MAX_REJECTS_BYTES)
    lines = "".join(f"{one.line},{one.reason}\r\n" for one in rejects[:room])
    files.write(_rejects(item, offset), before + lines.encode(), MEDIA_TYPE)
    return offset


def forget_list(item: PeopleImport) -> None:
    """Delete the list: it holds in clear what is kept as hashes only (C6). One request."""
    files.delete(_list(item))


def _list(item: PeopleImport) -> files.Place:
    return _place(item, "list")


def _rejects(item: PeopleImport, offset: int) -> files.Place:
    return _place(item, f"rejects-{offset}.csv")


def _place(item: PeopleImport, name: str) -> files.Place:
    key = f"{item.organization_id}/{item.import_id}/{name}"
    return {"Bucket": settings.text("PEOPLE_LISTS_BUCKET"), "Key": key}


def _whole(number: float | None) -> int | None:
    """Return what DynamoDB calls a number as the integer it is."""
    return None if number is None else int(number)
