"""Members as lines of CSV: an export is what an import takes back (F7)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sluice.organizations import inputs
from sluice.organizations.inputs import PutMember
from sluice.organizations.member_views import ListedMember
from sluice.organizations.tables import Member
from sluice.shared import errors, imports, sheets

COLUMNS = ("member_id", "name", "roles", "tags", "contact", "email", "active")
REQUIRED = ("member_id", "name", "roles")


def parse(cells: Mapping[str, str]) -> PutMember:
    """Return what a line says of a member. Raises Invalid, naming the column."""
    given: dict[str, Any] = dict(cells)
    given["roles"] = re.split(r"[;\s]+", given["roles"].strip("; "))
    if "tags" in given:
        given["tags"] = _tags_in(given["tags"])
    if "contact" in given:
        given["contact"] = sheets.json_in(given["contact"], "contact")
    if email := given.pop("email", None):
        given["login"] = {"email": email}
    try:
        member = imports.converted(given, PutMember)
        inputs.check_member(member)
    except errors.Invalid as invalid:
        fields = [(_column(name), reason) for name, reason in invalid.fields]
        raise errors.Invalid(str(invalid), fields) from None
    return member


def render(members: Iterable[Member]) -> str:
    """Return members as CSV."""
    return sheets.render(COLUMNS, (line_of(member) for member in members))


def line_of(member: Member | ListedMember) -> Sequence[sheets.Cell]:
    """Return the cells of a line."""
    tags = sorted(member.tags or ())
    contact: dict[str, object] | None = {**member.contact} if member.contact else None
    return (
        member.member_id,
        member.name,
        ";".join(sorted(member.roles)),
        _cell_of(tags),
        contact,
        member.email,
        member.active,
    )


def _cell_of(tags: list[str]) -> sheets.Cell:
    joined = ";".join(tags)
    is_plain = not joined.startswith("[") and _tags_in(joined) == tags
    return joined if is_plain else list(tags)


def _tags_in(cell: str) -> Any:
    """Return the tags of a cell: parted by `;`, or a JSON list where one has that in it."""
    if cell.startswith("["):
        return sheets.json_in(cell, "tags")
    return [tag.strip() for tag in cell.split(";") if tag.strip()]


def _column(field: str) -> str:
    name = re.split(r"[.\[]", field)[0]
    return "email" if name == "login" else name
