"""Members, a page at a time."""

from collections.abc import Sequence

from sluice.organizations.tables import Member
from sluice.shared import cursors, ids
from sluice.shared.fields import NAME


def list_members(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[Member], str | None]:
    """Return a page of members by id, and the cursor of the next: one query."""
    start = None
    if cursor:
        item = ids.key("member", cursors.place_in(cursor, NAME))
        start = {"organization_id": {"S": organization_id}, "item": {"S": item}}
    page = Member.query(
        organization_id,
        Member.item.startswith("member#"),
        limit=limit,
        last_evaluated_key=start,
    )
    found = list(page)
    more = page.last_evaluated_key is not None and len(found) == limit
    return found, cursors.cursor_of(found[-1].member_id) if more else None
