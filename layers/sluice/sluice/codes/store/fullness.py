"""What the channels of an organisation hold, as it was counted about a second ago (A10).

Not from the channels' own counters: these would be a read for each.
"""

from collections.abc import Iterable, Sequence

from sluice.codes.rules.fullness import Filled
from sluice.codes.store import figures
from sluice.codes.store.loading import MAX_CHANNELS
from sluice.codes.store.loads import FIRST_NAME
from sluice.codes.tables import OPEN, REMOVED, Channel


def read_rows(organization_id: str) -> Sequence[Channel]:
    """Return up to 10,000 channels as the index shows them, the removed too.

    A query for each MB: one for some 2,000 channels, half a read unit for each 4 KB.
    """
    named = Channel.channel_id >= FIRST_NAME
    return [*Channel.by_organization.query(organization_id, named, limit=MAX_CHANNELS)]


def read_held(organization_id: str, rows: Iterable[Channel]) -> dict[str, int]:
    """Return what channels hold: the counted seats, and customers that only the provider has.

    Four queries.
    """
    asked = figures.Asked("channels", None, None, False, MAX_CHANNELS, "")  # noqa: FBT003 - a field
    totals, _ = figures.read(organization_id, asked)
    seats = {one.id: one.counters["customers"] + one.counters["reserved"] for one in totals}
    return {row.channel_id: seats.get(row.channel_id, 0) + int(row.outside or 0) for row in rows}


def read(organization_id: str) -> list[Filled]:
    """Return every channel that is not removed, with what it holds: both of the above."""
    rows = [row for row in read_rows(organization_id) if row.status != REMOVED]
    held = read_held(organization_id, rows)
    return [
        Filled(
            channel_id=row.channel_id,
            kind=row.kind,
            name=row.name,
            is_open=row.status == OPEN,
            cap=int(row.cap),
            held=held[row.channel_id],
        )
        for row in rows
    ]
