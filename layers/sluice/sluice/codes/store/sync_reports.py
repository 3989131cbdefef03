"""Syncs and what they found, as operators read them (A9)."""

from collections.abc import Sequence
from typing import Any

from sluice.codes.tables.syncs import ChannelDifferences, Sync
from sluice.shared import cursors, ids
from sluice.shared.errors import NotFound
from sluice.shared.fields import NAME
from sluice.shared.table import find, start_behind

_SYNC_ID = r"[0-9a-z]{26}"


def read(organization_id: str, account_id: str, sync_id: str) -> Sync:
    """Return a sync as it is now. Raises NotFound."""
    found = find_sync(organization_id, account_id, sync_id)
    if found is None:
        raise NotFound("There is no such sync.")
    return found


def find_sync(organization_id: str, account_id: str, sync_id: str) -> Sync | None:
    """Return a sync as it is now, or None."""
    return find(Sync, organization_id, ids.key("sync", account_id, sync_id))


def list_syncs(
    organization_id: str, account_id: str, limit: int, cursor: str
) -> tuple[Sequence[Sync], str | None]:
    """Return a page of an account's syncs, newest first: one query. Raises Invalid."""
    prefix = ids.key("sync", account_id) + "#"
    start = _after(organization_id, prefix, cursor, _SYNC_ID)
    rows = list(
        Sync.query(
            organization_id,
            Sync.item.startswith(prefix),
            limit=limit,
            page_size=limit,
            last_evaluated_key=start,
            scan_index_forward=False,
        )
    )
    return rows, cursors.cursor_of(rows[-1].sync_id) if len(rows) == limit else None


def list_differences(
    organization_id: str, sync_id: str, limit: int, cursor: str
) -> tuple[Sequence[ChannelDifferences], str | None]:
    """Return a page of the channels whose customers differed: one query. Raises Invalid."""
    prefix = ids.key("channel", sync_id) + "#"
    start = _after(organization_id, prefix, cursor, NAME)
    rows = list(
        ChannelDifferences.query(
            organization_id,
            ChannelDifferences.item.startswith(prefix),
            limit=limit,
            page_size=limit,
            last_evaluated_key=start,
        )
    )
    return rows, cursors.cursor_of(rows[-1].channel_id) if len(rows) == limit else None


def _after(organization_id: str, prefix: str, cursor: str, pattern: str) -> dict[str, Any] | None:
    """Return where a query goes on; None: at the first. Raises Invalid."""
    if not cursor:
        return None
    item = prefix + cursors.place_in(cursor, pattern)
    return start_behind(organization_id=organization_id, item=item)
