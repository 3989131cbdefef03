"""Lists of users that operators upload for a run (E8): signed for, and read part by part."""

from sluice.push.rules.audiences import PIECE_BYTES, ListError
from sluice.shared import files, ids, settings

_TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson"}


def sign_upload(organization_id: str, run_id: str, list_format: str, size_bytes: int) -> str:
    """Return the address to which a list is PUT within 15 minutes: no request."""
    return files.sign_upload(_place(organization_id, run_id), media_type(list_format), size_bytes)


def media_type(list_format: str) -> str:
    """Return the Content-Type that an upload must have."""
    return _TYPES[list_format]


def read_part(organization_id: str, run_id: str, offset: int) -> tuple[bytes, bool]:
    """Return 128 KiB of a list from an offset on, and whether it ends there: one request.

    Raises ListError: it was not uploaded.
    """
    try:
        return files.read_part(_place(organization_id, run_id), offset, PIECE_BYTES)
    except files.MissingFileError:
        raise ListError("its list was not uploaded") from None


def _place(organization_id: str, run_id: str) -> files.Place:
    key = ids.key(organization_id, run_id).replace("#", "/")
    return {"Bucket": settings.text("RUN_LISTS_BUCKET"), "Key": key}
