"""Events that a provider could not be asked about: kept, and told again when their time comes.

Lambda tries three times in three minutes. A provider's patience may take an hour, and an account
is mended when somebody has time: until then an event waits here, due as the provider asks, at
first after a minute, at last each hour, and at once when the account is put again. What has waited
a week goes to the failure queue.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from sluice.codes.store.sync_rounds import due
from sluice.codes.tables.syncs import Later
from sluice.shared import ids, telemetry
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit
from sluice.shared.providers.failures import (
    Misconfigured,
    ProviderFailure,
    RateLimited,
    TokenExpired,
    Unavailable,
)
from sluice.shared.table import find

PASSING = (Misconfigured, RateLimited, TokenExpired, Unavailable)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MAX_TRIES = 175  # a week, each hour
MAX_RELEASED = 1_000  # at once; the rest comes by the hour
_PREFIX = "later"


class _Tried(msgspec.Struct, frozen=True):
    """What an event that is told again carries beside its data."""

    first_id: str
    tries: int


class LaterMoved(Refusal):
    """It was told again, or put off anew, meanwhile."""


def put_off(event: Event, account_id: str, failure: ProviderFailure, now: datetime) -> None:
    """Keep an event until the provider can be asked: 2 write units and 1 of the index.

    Raises the failure where that would not help: it is none that passes, or a week is over.
    """
    before = _tried(event)
    if not isinstance(failure, PASSING) or before.tries >= MAX_TRIES:
        raise failure
    wait = max(_wait(before.tries), timedelta(seconds=failure.retry_after_seconds or 0))
    transaction = Transaction()
    transaction.upsert(
        Later(event.organization_id, ids.key(_PREFIX, account_id, before.first_id)),
        [
            Later.event_id.set(before.first_id),
            Later.type.set(event.type),
            Later.occurred_at.set(event.occurred_at),
            Later.event_version.set(event.version),
            Later.data.set(msgspec.json.encode(event.data).decode()),
            Later.tries.set(before.tries + 1),
            *due(Later, account_id, now + wait),
        ],
    )
    transaction.commit()
    seconds = round(wait.total_seconds())
    telemetry.note(put_off=str(failure), put_off_seconds=seconds, tries=before.tries + 1)


def tell_again(organization_id: str, name: str, now: datetime) -> str:
    """Tell an event again that is due by now: a read and a transaction of 2 items."""
    found = find(Later, organization_id, name)
    if found is None or found.due_at > now:
        return "moved"
    return _tell(found)


def release(organization_id: str, account_id: str) -> int:
    """Tell what waits for an account, due or not; return how much. One query, 1,000 at most."""
    prefix = ids.key(_PREFIX, account_id) + "#"
    waiting = Later.query(
        organization_id, Later.item.startswith(prefix), limit=MAX_RELEASED, consistent_read=True
    )
    return sum(_tell(found) == "told again" for found in waiting)


def _tell(found: Later) -> str:
    data = msgspec.json.decode(found.data) | {
        "again": {"first_id": found.event_id, "tries": int(found.tries)}
    }
    transaction = Transaction()
    transaction.delete(
        Later(found.organization_id, found.item),
        condition=Later.due_at == found.due_at,
        otherwise=LaterMoved(),
    )
    event = Event(
        id=f"{found.event_id}.{int(found.tries)}",  # the outbox may still have the one before
        type=found.type,
        organization_id=found.organization_id,
        occurred_at=found.occurred_at,
        version=int(found.event_version),
        data=data,
    )
    emit(transaction, event)
    try:
        transaction.commit()
    except LaterMoved:
        return "moved"
    return "told again"


def _tried(event: Event) -> _Tried:
    again: Mapping[str, object] | None = event.data.get("again")
    return msgspec.convert(again, _Tried) if again else _Tried(event.id, 0)


def _wait(tries: int) -> timedelta:
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries, 6)))
