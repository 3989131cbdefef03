"""People outside as the provider's list shows them (A9): an item each, counted as it is written.

So nobody is counted twice, whoever tells of them first, list or callback; and who was counted from
a list gives the place back when the provider tells that they left.
"""

from collections.abc import Collection
from itertools import batched

from sluice.codes.identities import person_key
from sluice.codes.rules import outside as rules
from sluice.codes.rules.outside import Outside
from sluice.codes.store import outside
from sluice.codes.store.running import Moved, Run
from sluice.codes.tables import Channel
from sluice.codes.tables.contacts import OutsideContact
from sluice.codes.tables.syncs import ChannelDifferences
from sluice.shared import ids
from sluice.shared.guard import Transaction

TOGETHER = 40  # people of one transaction

type Move = tuple[OutsideContact | None, Outside]


def bring_in_line(run: Run, channel: Channel, there: Collection[str], seated: set[str]) -> None:
    """Write who is outside now: `there` are all whom the provider has, `seated` who has a seat.

    A query of the channel's people; a transaction for each 40 that differ. What was told of
    somebody meanwhile stands. Raises SyncMoved, TimeOver, Contention.
    """
    known = {item.person: item for item in OutsideContact.query(channel.key, consistent_read=True)}
    _mend(run, channel, sum(outside.outside_of(item).held for item in known.values()))
    listed = {person_key(run.organization_id, run.account_id, ref): ref in seated for ref in there}
    moves: dict[str, Move] = {}
    for person in sorted(known.keys() | listed.keys()):
        item = known.get(person)
        new = rules.list_says(
            outside.outside_of(item) if item else None,
            run.sync.wanted_at,
            is_there=person in listed,
            has_seat=listed.get(person, False),
        )
        if new is not None:
            moves[person] = item, new
    for some in batched(moves, TOGETHER, strict=False):
        run.check_time()
        _write(run, channel, {person: moves[person] for person in some})


def _mend(run: Run, channel: Channel, places: int) -> None:
    """Count anew where a channel counts other than it has people; left where it moves."""
    wrong = places - int(channel.outside)
    if not wrong:
        return
    transaction = Transaction()
    transaction.update(
        Channel(channel.key),
        [Channel.outside.set(places), Channel.held.add(wrong), Channel.full.remove()],
        condition=Channel.outside == channel.outside,
        otherwise=Moved(channel.channel_id),
    )
    _commit(run, channel, transaction, wrong)


def _write(run: Run, channel: Channel, moves: dict[str, Move]) -> None:
    while moves:
        transaction = Transaction()
        places = 0
        for person, (item, new) in moves.items():
            ref = item.customer_ref if item else None
            known = OutsideContact(channel.key, person, customer_ref=ref)
            outside.put(transaction, known, item, new, Moved(person))
            places += new.held - (outside.outside_of(item).held if item else 0)
        outside.count(transaction, channel.key, places, Moved(""))
        moved = _commit(run, channel, transaction, places)
        if not moved:
            return
        moves.pop(moved.name, None) if moved.name else moves.clear()


def _commit(run: Run, channel: Channel, transaction: Transaction, places: int) -> Moved | None:
    """Write with the report; return whom the rest waits for, nothing being written then."""
    before = dict(run.sync.counts)
    if places:
        run.note("outside", places)
    row = ChannelDifferences
    name = ids.key("channel", run.sync.sync_id, channel.channel_id)
    transaction.upsert(
        row(run.organization_id, name),
        [
            row.channel_id.set(channel.channel_id),
            row.outside_before.set(row.outside_before | int(channel.outside)),
            row.outside.set((row.outside | int(channel.outside)) + places),
            row.lost.set(row.lost | 0),
            row.lost_assignments.set(row.lost_assignments | []),
            row.expires.set(run.sync.expires),
        ],
    )
    try:
        run.commit(transaction)
    except Moved as moved:
        run.sync.counts = before
        return moved
    return None
