"""The customers of one channel against the provider's (A9): places held, and losses not told.

An outside id is only looked up, by its hash: reports hold our own ids and numbers.
"""

import contextlib
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Literal, NamedTuple, cast

from sluice.codes.identities import alias_key
from sluice.codes.rules import seats as seat_rules
from sluice.codes.rules import syncing as rules
from sluice.codes.rules.seats import Contact
from sluice.codes.store import contacts, lookup, trouble
from sluice.codes.store import listed as outsiders
from sluice.codes.store.running import ProviderSaid, Run, asking
from sluice.codes.store.seats import Slot, read_all
from sluice.codes.tables import REMOVED, Alias, Channel
from sluice.codes.tables.assignments import AssignmentRow
from sluice.codes.tables.syncs import ChannelDifferences
from sluice.shared import clock, ids
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.providers.failures import AbnormalAccount, NotThere
from sluice.shared.table import find

MAX_CUSTOMERS = 50_000  # of one channel; WeCom has 20,000 at most
OF_ONE_CHANNEL = (AbnormalAccount, NotThere)  # the others can be read
_LIVE = {"reserved", "connected"}


class _Listed(NamedTuple):
    """The channel's list of assignments."""

    holding: set[str]  # customers with a place
    connected: dict[str, str]  # assignments of before the sync, with the customer
    lost: list[str]  # assignments that this sync has told lost before


def reconcile(run: Run, channel_id: str) -> None:
    """Bring a channel's `outside` in line with the provider and tell the losses nobody told of.

    A request of the provider's for each page of customers; a read for each customer, two where
    the channel's list does not show them; a query of the people outside; for a channel that
    differs a transaction, and one for each 40 people.
    Raises ProviderSaid, TimeOver, SyncMoved, Contention.
    """
    key = ids.key(run.organization_id, channel_id)
    channel = find(Channel, key)
    if channel is None or channel.provider != run.account_id or channel.status == REMOVED:
        return
    gone_at: datetime | None = channel.gone_at
    if gone_at is not None:
        return
    try:
        refs = _customers(run, channel)
    except ProviderSaid as said:
        if not isinstance(said.problem, OF_ONE_CHANNEL):
            raise
        if isinstance(said.problem, AbnormalAccount):
            trouble.close(channel, said.problem, clock.now())
        _leave_unread(run, channel_id, str(said))
        return
    if refs is None:
        _leave_unread(run, channel_id, f"It has over {MAX_CUSTOMERS} customers.")
        return
    listed = _listed(run, channel_id)
    holding = listed.holding | _holding(run, channel, set(refs.values()) - listed.holding)
    compared = rules.compare_customers(refs, holding, listed.connected)
    lost = listed.lost + _tell_lost(run, compared.missing, {c for c in refs.values() if c})
    outsiders.bring_in_line(run, channel, refs.keys(), compared.seated)
    run.note("channels")
    run.sync.cursor = channel_id
    _write(run, channel, sorted(lost))


def _customers(run: Run, channel: Channel) -> dict[str, str | None] | None:
    """Return the provider's customers of a channel, each with ours; None: they are too many."""
    kind = cast("Literal['contact', 'group']", channel.kind)
    with asking():
        found = run.provider.customers(kind, [channel.provider_ref])
        refs = {held.customer_ref for held in islice(found, MAX_CUSTOMERS + 1)}
    if len(refs) > MAX_CUSTOMERS:
        return None
    by_key = {alias_key(run.organization_id, run.account_id, ref): ref for ref in refs}
    customers: dict[str, str | None] = dict.fromkeys(refs)
    for alias in Alias.batch_get(list(by_key), consistent_read=True):
        customers[by_key[alias.key]] = alias.customer_id
    return customers


def _listed(run: Run, channel_id: str) -> _Listed:
    """Read the channel's list: a query of all its assignments."""
    listed = _Listed(set(), {}, [])
    at = run.sync.wanted_at
    for row in AssignmentRow.query(ids.key(run.organization_id, channel_id), page_size=1000):
        run.check_time()
        if row.status in _LIVE:
            listed.holding.add(row.customer_id)
        if row.status == "connected" and row.connected_at < at:
            listed.connected[row.assignment_id] = row.customer_id
        if row.status == "lost" and row.evidence == seat_rules.RECONCILED and row.lost_at == at:
            listed.lost.append(row.assignment_id)
    return listed


def _holding(run: Run, channel: Channel, customers: Iterable[str | None]) -> set[str]:
    """Return those who have a place by their seats, which the list may not show yet."""
    slots = [Slot(run.organization_id, name, channel.kind) for name in customers if name]
    return {
        found.slot.customer_id
        for found in read_all(slots)
        for each in (found.seat.assignments if found.seat else ())
        if each.channel_id == channel.channel_id and each.status in _LIVE
    }


def _tell_lost(run: Run, missing: list[str], present: set[str]) -> list[str]:
    """Tell the loss of each who is connected and not there; return whom that is true of.

    It is of the time the sync was asked for, so that it is told once, and taken for the
    customer's doing, which it mostly is: the provider's list does not say. Who became another
    customer meanwhile may be there by that name.
    """
    lost = []
    for assignment_id in missing:
        run.check_time()
        at = run.sync.wanted_at
        contact = Contact("lost", assignment_id, at, "", evidence=seat_rules.RECONCILED)
        with contextlib.suppress(NotFound):
            if lookup.assignment(run.organization_id, assignment_id).customer_id in present:
                continue
            told = contacts.tell(run.organization_id, run.account_id, contact, clock.now())
            if at in told.assignment.lost:
                lost.append(assignment_id)
    return lost


def _write(run: Run, channel: Channel, lost: list[str]) -> None:
    """Write how the channel differs; nothing where it does not."""
    name = ids.key("channel", run.sync.sync_id, channel.channel_id)
    if not lost and find(ChannelDifferences, run.organization_id, name) is None:
        return
    run.note("differing")
    if lost:
        run.note("lost", len(lost))
    row, counted = ChannelDifferences, int(channel.outside)
    transaction = Transaction()
    transaction.upsert(
        row(run.organization_id, name),
        [
            row.channel_id.set(channel.channel_id),
            row.outside_before.set(row.outside_before | counted),
            row.outside.set(row.outside | counted),
            row.lost.set(len(lost)),
            row.lost_assignments.set(lost[: rules.MAX_LISTED]),
            row.expires.set(run.sync.expires),
        ],
    )
    run.commit(transaction)


def _leave_unread(run: Run, channel_id: str, reason: str) -> None:
    run.note("unread", 1, [{"channel_id": channel_id, "reason": reason}])
    run.sync.cursor = channel_id
