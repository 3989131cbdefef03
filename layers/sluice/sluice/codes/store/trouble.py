"""A provider account in trouble: the channel closes, and it is told once for each episode (A10)."""

import contextlib
from datetime import datetime

from sluice.codes.refusals import ChannelGone
from sluice.codes.store import changes
from sluice.codes.tables import CLOSED, OPEN, Channel
from sluice.organizations import store as organizations
from sluice.organizations.refusals import ProblemKnown
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit
from sluice.shared.providers.failures import ProviderFailure

TYPE = "provider.abnormal.v1"


def close(channel: Channel, failure: ProviderFailure, now: datetime) -> bool:
    """Close a channel whose account cannot receive customers; tells whether it was open.

    One transaction of 2 items (4 write units). Its way stays; whoever opens it again has mended
    the account.
    """
    transaction = _closing(channel)
    organization_id, account_id = channel.organization_id, channel.provider
    _tell(transaction, organization_id, account_id, failure, now, channel_id=channel.channel_id)
    return _commit(transaction)


def end(channel: Channel, now: datetime) -> bool:
    """Close a channel that is no more at its provider; tells whether it was open: 4 write units."""
    transaction = _closing(channel)
    changes.tell(transaction, channel.organization_id, channel.channel_id, now)
    return _commit(transaction)


def note(organization_id: str, account_id: str, failure: ProviderFailure, now: datetime) -> None:
    """Show on the account what is wrong with it, and tell of it when it is new: 4 write units."""
    transaction = Transaction()
    organizations.note_problem(transaction, organization_id, account_id, str(failure))
    _tell(transaction, organization_id, account_id, failure, now)
    with contextlib.suppress(ProblemKnown):
        transaction.commit()


def _closing(channel: Channel) -> Transaction:
    transaction = Transaction()
    transaction.update(
        Channel(ids.key(channel.organization_id, channel.channel_id)),
        [Channel.status.set(CLOSED), Channel.version.add(1)],
        condition=Channel.status == OPEN,
        otherwise=ChannelGone(),
    )
    return transaction


def _commit(transaction: Transaction) -> bool:
    try:
        transaction.commit()
    except ChannelGone:
        return False
    return True


def _tell(
    transaction: Transaction,
    organization_id: str,
    account_id: str,
    failure: ProviderFailure,
    now: datetime,
    *,
    channel_id: str | None = None,
) -> None:
    data = {
        "account_id": account_id,
        "channel_id": channel_id,
        "problem": failure.slug,
        "code": failure.code,
        "detail": str(failure),
    }
    emit(
        transaction,
        Event(
            id=f"provider.{ids.sortable(now)}",
            type=TYPE,
            organization_id=organization_id,
            occurred_at=now,
            version=1,
            data=data,
        ),
    )
