"""The files of an export: rows gathered to a part of some megabytes, and the manifest (F7)."""

import hashlib
from collections.abc import Sequence

import msgspec

from sluice.exports import kinds
from sluice.exports.export_tables import Export, ExportPart
from sluice.exports.places import MANIFEST, place_of
from sluice.exports.rules import SCHEMA
from sluice.exports.store import File
from sluice.shared import files, sheets
from sluice.shared.http import View

MEDIA_TYPES: dict[str, str] = {"csv": sheets.MEDIA_TYPE, "ndjson": "application/x-ndjson"}
_END = "\r\n"


class Part:
    """Rows of one kind on their way into a file; what is held is bounded by who adds pages."""

    def __init__(self, name: str, file_format: str) -> None:
        self._name, self._format = name, file_format
        self._kind = kinds.KINDS[name]
        self._chunks: list[bytes] = []
        self.rows = 0
        self.size_bytes = 0

    def add(self, rows: Sequence[View]) -> None:
        """Add the rows of a page."""
        if not rows:
            return
        chunk = self._sheet(rows) if self._format == "csv" else _lines(rows)
        self._chunks.append(chunk)
        self.rows += len(rows)
        self.size_bytes += len(chunk)

    def _sheet(self, rows: Sequence[View]) -> bytes:
        columns = kinds.columns_of(self._kind)
        text = sheets.render(columns, (kinds.line_of(self._kind, row) for row in rows))
        return (text if not self._chunks else text.partition(_END)[2]).encode()

    def write(self, item: Export) -> File | None:
        """Write the file; of no rows there is none. One request.

        Its name has its hash: of two workers at the same part each writes its own, and that one
        counts which the checkpoint names.
        """
        if not self.rows:
            return None
        data = b"".join(self._chunks)
        sha256 = hashlib.sha256(data).hexdigest()
        name = f"{self._name}-{int(item.parts) + 1:05}-{sha256[:16]}.{item.format}"
        files.write(place_of(item, name), data, MEDIA_TYPES[item.format])
        return File(self._name, name, self.rows, len(data), sha256)


class ManifestFile(View):
    """A file, and by what to check it."""

    name: str
    rows: int
    size_bytes: int
    sha256: str


class ManifestKind(View):
    """The files of a kind, in the order of its list."""

    kind: str
    rows: int
    columns: list[str]  # of CSV; in NDJSON fields without a value are left out
    files: list[ManifestFile]


class Manifest(View):
    """What an export holds."""

    schema: int
    organization_id: str
    export_id: str
    format: str
    ordered_at: str
    kinds: list[ManifestKind]


def write_manifest(item: Export, parts: Sequence[ExportPart]) -> str:
    """Write what the files are; return the hash of that. One request. Repeated it is the same."""
    manifest = Manifest(
        schema=SCHEMA,
        organization_id=item.organization_id,
        export_id=item.export_id,
        format=item.format,
        ordered_at=item.created_at.isoformat(),
        kinds=[_listed(item, name, parts) for name in item.kinds],
    )
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    files.write(place_of(item, MANIFEST), data, "application/json")
    return hashlib.sha256(data).hexdigest()


def _listed(item: Export, name: str, parts: Sequence[ExportPart]) -> ManifestKind:
    kind = kinds.KINDS[name]
    fields = kinds.columns_of(kind) if item.format == "csv" else kind.row.__struct_fields__
    return ManifestKind(
        kind=name,
        rows=int(item.rows.get(name, 0)),
        columns=list(fields),
        files=[
            ManifestFile(
                name=part.name,
                rows=int(part.rows),
                size_bytes=int(part.size_bytes),
                sha256=part.sha256,
            )
            for part in parts
            if part.row_kind == name
        ],
    )


def _lines(rows: Sequence[View]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
