"""The ids of an organisation's channels, also of removed ones: whose customers stay known."""

from collections.abc import Sequence

from sluice.codes.store import loads
from sluice.codes.tables import Channel
from sluice.shared import cursors, ids
from sluice.shared.fields import NAME
from sluice.shared.table import start_behind


def list_ids(organization_id: str, limit: int, cursor: str) -> tuple[Sequence[str], str | None]:
    """Return a page of the ids of all channels, also of removed ones: one query of the index."""
    start = None
    if cursor:
        channel_id = cursors.place_in(cursor, NAME)
        key = ids.key(organization_id, channel_id)
        start = start_behind(organization_id=organization_id, channel_id=channel_id, key=key)
    page = Channel.by_organization.query(
        organization_id,
        Channel.channel_id >= loads.FIRST_NAME,
        limit=limit,
        last_evaluated_key=start,
    )
    found = [row.channel_id for row in page]
    more = page.last_evaluated_key is not None and len(found) == limit
    return found, cursors.cursor_of(found[-1]) if more else None
