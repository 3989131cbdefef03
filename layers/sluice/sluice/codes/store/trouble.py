"""A provider account in trouble: the channel closes, and it is told once for each episode (A10)."""

import contextlib
from datetime import datetime

from sluice.codes.refusals import ChannelGone
from sluice.codes.store import changes
from sluice.codes.tables import CLOSED, OPEN, Channel
from sluice.organizations import store as organizations
from sluice.organizations.refusals import ProblemChanged, ProblemKnown
from sluice.organizations.tables import ProviderAccount
from sluice.shared import ids
from sluice.shared.claims import AlreadyClaimed, Claim, hash_of
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


def note_at_the_door(account: ProviderAccount, failure: ProviderFailure, now: datetime) -> None:
    """Tell of an account that its provider calls and that cannot be opened: once an hour.

    Nothing is asked where the account shows it already; else 6 write units. Who called is not
    known, so whatever they send costs no more than that.
    """
    if account.problem == str(failure):
        return
    organization_id, account_id = account.organization_id, account.account_id
    transaction = Transaction()
    hourly = ids.key(organization_id, "door", hash_of(account_id, f"{now:%Y-%m-%dT%H}"))
    Claim(hourly, hash_of(account_id)).take(transaction, now)
    organizations.note_problem(transaction, organization_id, account_id, str(failure))
    _tell(transaction, organization_id, account_id, failure, now)
    with contextlib.suppress(AlreadyClaimed, ProblemKnown):
        transaction.commit()


def mended(account: ProviderAccount) -> None:
    """Show no more what was wrong with an account when it was read: 2 write units, if any."""
    problem: str | None = account.problem
    if problem is not None:
        with contextlib.suppress(ProblemChanged):
            organizations.clear_problem(account.organization_id, account.account_id, problem)


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
