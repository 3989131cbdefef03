"""The mark that somebody waits (A4): taken off when nobody does, and where a run has ended."""

import contextlib
from datetime import datetime

from pynamodb.expressions.operand import Path

from sluice.codes.refusals import MarkMoved
from sluice.codes.rules import waiting as rules
from sluice.codes.rules.waiting import QUEUES
from sluice.codes.store import queues, waiting
from sluice.codes.tables.waiting import WaitingMark
from sluice.shared import sweeping
from sluice.shared.guard import Transaction


def note_place(mark: WaitingMark, reached: str | None) -> None:
    """Note where the next run goes on behind the first places: a hint, nothing is guarded by it."""
    if reached == mark.looked_to:
        return
    looked_to = WaitingMark.looked_to
    action = looked_to.remove() if reached is None else looked_to.set(reached)
    transaction = Transaction()
    transaction.update(
        WaitingMark(mark.key),
        [action],
        condition=WaitingMark.key.exists(),
        otherwise=MarkMoved(),
    )
    with contextlib.suppress(MarkMoved):
        transaction.commit()


def tidy(mark: WaitingMark, now: datetime) -> None:
    """Take the mark off where nobody waits any more, or let the sweeper come again in a minute.

    Also where it had put the list off, which has been served by now.

    An entry that relied on this very mark is in the index by the time it may be taken off.
    """
    times = queues.times_of(mark)
    gone = [
        kind
        for kind, at in times.items()
        if rules.is_settled(at, now) and queues.is_empty(mark.key, kind)
    ]
    if not gone and now < mark.due_at <= now + waiting.SERVED_EACH:
        return
    is_all = len(gone) == len(times)
    as_found = WaitingMark.due_at == mark.due_at
    for kind in QUEUES if is_all else gone:  # a queue that was entered meanwhile has a new mark
        at = getattr(WaitingMark, f"{kind}_at")
        as_found &= at == times[kind] if kind in times else at.does_not_exist()
    transaction = Transaction()
    item = WaitingMark(mark.key)
    if is_all:
        transaction.delete(item, condition=as_found, otherwise=MarkMoved())
    else:
        actions = [getattr(WaitingMark, f"{kind}_at").remove() for kind in gone]
        due_at = WaitingMark.due_at.set(now + waiting.SERVED_EACH)
        actions += [due_at, Path(sweeping.FAILURES).remove()]
        transaction.update(item, actions, condition=as_found, otherwise=MarkMoved())
    try:
        transaction.commit()
    except MarkMoved:
        return  # by an entry, or by another that serves
