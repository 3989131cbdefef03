"""From what a receipt names to the attempt it speaks of (E3, E4)."""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from sluice.push.refusals import MessageKnown
from sluice.push.store.held import Held
from sluice.push.tables import UNNAMED, Attempt, Lookup, PushItem
from sluice.shared import guard, ids
from sluice.shared.claims import hash_of
from sluice.shared.table import find

KEPT = timedelta(days=90)
EARLY_KEPT = timedelta(days=3)
MAX_EARLY = 10
MAX_RECENT = 5
MAX_TRIES = 5
_LOOKUP = "lookup"


@dataclass(frozen=True)
class Place:
    """Where an attempt is."""

    push_id: str
    position: int


@dataclass(frozen=True)
class Tracked:
    """Whose attempt, and where it is."""

    organization_id: str
    place: Place


def put_tracking(
    transaction: guard.Transaction, held: Held, attempt: Attempt, now: datetime
) -> None:
    """Add the look-up by tracking id to the transaction that writes the attempt."""
    transaction.put(_pointer(_tracking_key(attempt.tracking_id), held, attempt, now))


def put_message(
    transaction: guard.Transaction,
    held: Held,
    attempt: Attempt,
    message_id: str,
    *,
    early_count: int,
    now: datetime,
) -> None:
    """Add the look-up by message id to the transaction that records the send.

    Refuses with MessageKnown when more receipts for it came than the `early_count` already taken.
    """
    key = _message_key(held.push.organization_id, attempt.account_id, message_id)
    taken = Lookup.early_count == early_count if early_count else Lookup.key.does_not_exist()
    transaction.put(_pointer(key, held, attempt, now), taken, MessageKnown())


def find_tracking(organization_id: str, tracking_id: str) -> Place | None:
    """Return the organisation's attempt with a tracking id: one consistent read."""
    found = find_anywhere(tracking_id)
    return found.place if found and found.organization_id == organization_id else None


def find_anywhere(tracking_id: str) -> Tracked | None:
    """Return whose attempt has a tracking id, as it stands in our own links: one read."""
    found = find(Lookup, _tracking_key(tracking_id), _LOOKUP)
    place = _place(found)
    return Tracked(found.organization_id, place) if found and place else None


def find_message(organization_id: str, account_id: str, message_id: str) -> Place | None:
    """Return the attempt with a provider's message id: one consistent read."""
    return _place(find(Lookup, _message_key(organization_id, account_id, message_id), _LOOKUP))


def find_unnamed(message_id: str) -> Tracked | None:
    """Return whose attempt has a message id that names no organisation: one read."""
    found = find(Lookup, _message_key("", "", message_id), _LOOKUP)
    place = _place(found)
    return Tracked(found.organization_id, place) if found and place else None


def keep_early(
    organization_id: str, account_id: str, message_id: str, receipt: bytes, now: datetime
) -> Place | None:
    """Keep a receipt whose message id is not mapped yet, for whoever maps it.

    One read and one write, at most 5 times; at most 10 receipts, each once, for three days.
    Returns the attempt when the id was mapped meanwhile. Raises Contention.
    """
    key = _message_key(organization_id, account_id, message_id)
    for _ in guard.attempts(MAX_TRIES):
        found = find(Lookup, key, _LOOKUP)
        if found is not None and found.push_id:
            return _place(found)
        early = early_receipts(found)
        if receipt in early or len(early) == MAX_EARLY:
            break
        item = Lookup(key, _LOOKUP, expires=now + EARLY_KEPT, early_count=len(early) + 1)
        item.early = msgspec.json.encode([raw.decode() for raw in (*early, receipt)]).decode()
        transaction = guard.Transaction()
        known = Lookup.early_count == len(early) if early else Lookup.key.does_not_exist()
        transaction.put(item, known, MessageKnown())
        with contextlib.suppress(MessageKnown):
            transaction.commit()
            break
    return None


def early_receipts(found: Lookup | None) -> list[bytes]:
    """Return the receipts that wait for a message id to be mapped."""
    if found is None or not found.early:
        return []
    return [text.encode() for text in msgspec.json.decode(found.early, type=list[str])]


def recent_attempts(organization_id: str, account_id: str, user_id: str) -> list[Place]:
    """Return the user's 5 latest attempts through an account, newest first: one query.

    The index lags by some milliseconds: what is missed here is judged again when the wait ends.
    """
    found = PushItem.by_user.query(
        ids.key(organization_id, account_id, user_id), scan_index_forward=False, limit=MAX_RECENT
    )
    return [Place(item.key.split("#")[1], int(item.item.split("#")[1])) for item in found]


def _pointer(key: str, held: Held, attempt: Attempt, now: datetime) -> Lookup:
    return Lookup(
        key,
        _LOOKUP,
        organization_id=held.push.organization_id,
        push_id=held.push.push_id,
        position=attempt.position,
        expires=now + KEPT,
    )


def _place(found: Lookup | None) -> Place | None:
    if found is None or not found.push_id:
        return None
    return Place(found.push_id, int(found.position))


def _tracking_key(tracking_id: str) -> str:
    """Without the organisation: a link names none. 80 random bits are nobody else's."""
    return ids.key("tracking", hash_of(tracking_id))


def _message_key(organization_id: str, account_id: str, message_id: str) -> str:
    if message_id.startswith(UNNAMED):
        return ids.key("message", hash_of(message_id))
    return ids.key(organization_id, "message", account_id, hash_of(message_id))
