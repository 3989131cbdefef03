"""Exports and their files (F7), beside people and imports. Access patterns: docs/data.md."""

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from sluice.invitations.people_tables import PersonItem
from sluice.shared.jobs import Job, Jobs


class Export(Job, PersonItem, discriminator="export"):
    """`organisation # exports`, `export # id`: how far an export is; ids sort by time."""

    export_id = UnicodeAttribute()
    format = UnicodeAttribute()  # csv or ndjson
    kinds = JSONAttribute()  # their names, in the order in which they are written
    base_url = UnicodeAttribute()  # with which codes' addresses begin
    place_kind = NumberAttribute()  # rules.Place: up to there everything is in files
    place_inside = UnicodeAttribute()
    parts = NumberAttribute()  # files
    rows = JSONAttribute()  # by kind
    size_bytes = NumberAttribute()
    manifest_sha256 = UnicodeAttribute(null=True)


EXPORTS = Jobs(Export, "export", ("parts", "place_kind", "place_inside"))


class RunningExports(PersonItem, discriminator="exports_running"):
    """`organisation # exports`, `running`: those under way, a few at once."""

    ids = UnicodeSetAttribute(null=True)


class ExportPart(PersonItem, discriminator="export_part"):
    """`organisation # export # id`, `part # 00001`: a file of an export; written once."""

    number = NumberAttribute()
    row_kind = UnicodeAttribute()
    name = UnicodeAttribute()
    rows = NumberAttribute()
    size_bytes = NumberAttribute()
    sha256 = UnicodeAttribute()
