"""Whose turn it is to serve a waiting list (A4): one run at a time for an organisation.

Many seats that come free at once wake as many runs. The first has the turn; the next one leaves
word that the list is to be looked at again, and whoever has the turn does so before it ends; the
others find that word and end. So each run ends in the knowledge that somebody begins to look at
the list after it came. Two that serve at once would be no harm, only in each other's way: each
place guards itself. The turn of a run that died is over by itself, and the sweep comes.
"""

import contextlib
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from sluice.codes.refusals import MarkMoved
from sluice.codes.tables.waiting import WaitingMark
from sluice.shared import guard
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction
from sluice.shared.table import find

KEPT = timedelta(seconds=30)  # longer than a run serves, shorter than until the next sweep
MAX_TRIES = 8


class Turn(NamedTuple):
    """The right to serve a list, until it is given back or its time is over."""

    organization_id: str
    ends_at: datetime


def take(organization_id: str, now: datetime) -> Turn | None:
    """Return the turn; None where nobody waits, or where another run will look after now.

    One read, and one transaction of 1 item unless nobody waits or word was left. Raises Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        mark = find(WaitingMark, organization_id)
        if mark is None:
            return None
        ends_at: datetime | None = mark.turn_ends_at
        is_taken = ends_at is not None and ends_at > now
        if is_taken and mark.is_wanted:
            return None
        with contextlib.suppress(MarkMoved, Contention):  # another was first: look again
            if is_taken:
                same = WaitingMark.turn_ends_at == ends_at
                _change(organization_id, same, WaitingMark.is_wanted.set(True))
                return None
            return _begin(Turn(organization_id, now + KEPT), now)
    raise Contention


def _begin(turn: Turn, now: datetime) -> Turn:
    at = WaitingMark.turn_ends_at
    free = WaitingMark.key.exists() & (at.does_not_exist() | (at <= now))
    _change(turn.organization_id, free, at.set(turn.ends_at), WaitingMark.is_wanted.remove())
    return turn


def goes_on(turn: Turn, *, is_over: bool) -> bool:
    """Take the word that was left, or give the turn back where there is none or the run `is_over`.

    True: the list is to be looked at again. One transaction of 1 item, two where word was left.
    """
    if is_over:
        give_back(turn)
        return False
    try:
        _end(turn, _is_mine(turn) & WaitingMark.is_wanted.does_not_exist())
    except MarkMoved:
        try:
            _change(turn.organization_id, _is_mine(turn), WaitingMark.is_wanted.remove())
        except MarkMoved:
            return False  # nobody waits any more, or the turn was over
        return True
    return False


def give_back(turn: Turn) -> None:
    """Let the next run have the turn, whatever is left to do; that it is over is not an error."""
    with contextlib.suppress(MarkMoved):
        _end(turn, _is_mine(turn))


def _end(turn: Turn, condition: Condition) -> None:
    ended = [WaitingMark.turn_ends_at.remove(), WaitingMark.is_wanted.remove()]
    _change(turn.organization_id, condition, *ended)


def _is_mine(turn: Turn) -> Condition:
    return WaitingMark.turn_ends_at == turn.ends_at


def _change(organization_id: str, condition: Condition, *actions: Action) -> None:
    transaction = Transaction()
    mark = WaitingMark(organization_id)
    transaction.update(mark, actions, condition=condition, otherwise=MarkMoved())
    transaction.commit()
