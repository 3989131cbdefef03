"""Where the files of an export are: each export's by itself, in the bucket of people's lists."""

from sluice.exports.export_tables import Export
from sluice.shared import files, settings

MANIFEST = "manifest.json"


def place_of(item: Export, name: str) -> files.Place:
    """Return where a file of an export is."""
    key = f"{item.organization_id}/exports/{item.export_id}/{name}"
    return {"Bucket": settings.text("PEOPLE_LISTS_BUCKET"), "Key": key}


def url_of(item: Export, name: str) -> str:
    """Return from where a file is read within 15 minutes: no request."""
    return files.sign_download(place_of(item, name))
