"""What follows when a provider's account is put: it may be new, or mended (A7, A9)."""

from datetime import datetime
from itertools import batched
from typing import NamedTuple

from sluice.codes.store import changes, later, syncs
from sluice.codes.store.channels import way_for
from sluice.codes.store.loading import MAX_CHANNELS
from sluice.codes.store.loads import FIRST_NAME
from sluice.codes.tables import REMOVED, Channel
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit

TOGETHER = 50


class Followed(NamedTuple):
    """How much was told."""

    told_again: int
    channels: int


def follow(organization_id: str, account_id: str, event_id: str, now: datetime) -> Followed:
    """Tell again what waited for the account, tell of its channels, and ask for a sync.

    Each channel is told once for an event, however often it comes; a way that is in line is not
    asked for.
    """
    told_again = later.release(organization_id, account_id)
    names = _not_in_line(organization_id, account_id)
    for some in batched(names, TOGETHER, strict=False):
        transaction = Transaction()
        for name in some:
            emit(transaction, _changed(organization_id, name, event_id, now))
        transaction.commit()
    syncs.want_soon(organization_id, account_id, now)
    return Followed(told_again, len(names))


def _not_in_line(organization_id: str, account_id: str) -> list[str]:
    """Return the channels whose way is missing, another's or too many: one query of the index."""
    rows = Channel.by_organization.query(
        organization_id, Channel.channel_id >= FIRST_NAME, limit=MAX_CHANNELS
    )
    return [row.channel_id for row in rows if row.provider == account_id and not _is_in_line(row)]


def _is_in_line(row: Channel) -> bool:
    if row.status == REMOVED:
        return not row.way_url
    return bool(row.way_url and row.way_for == way_for(row.provider, row.provider_ref))


def _changed(organization_id: str, channel_id: str, event_id: str, now: datetime) -> Event:
    return Event(
        id=f"{event_id}.{channel_id}",
        type=changes.TYPE,
        organization_id=organization_id,
        occurred_at=now,
        version=1,
        data={"channel_id": channel_id, "ways": changes.YES},
    )
