"""The inbox of an app: messages that wait to be fetched, and what the user did with them (E1)."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sluice.push.recipient_tables import InboxMessage
from sluice.push.refusals import MessageDelivered, MessageGone
from sluice.push.rules.judging import Level
from sluice.shared import cursors, guard, ids
from sluice.shared.table import Moment, start_behind

KEPT = timedelta(days=30)
MAX_LISTED = 100
_PREFIX = "inbox#"
_PLACE = r"[0-9TZ:.-]{24}#[a-z0-9]{16,32}"
_moment = Moment()


def put_message(organization_id: str, user_id: str, message: InboxMessage) -> None:
    """Put a message into a user's inbox, once: one transaction, 2 write units per KiB."""
    message.key = ids.key(organization_id, user_id)
    message.item = item_of(message.at, message.tracking_id)
    message.expires = message.at + KEPT
    transaction = guard.Transaction()
    transaction.put(message, InboxMessage.key.does_not_exist(), MessageDelivered())
    with contextlib.suppress(MessageDelivered):
        transaction.commit()


def list_messages(
    organization_id: str, user_id: str, limit: int, cursor: str, now: datetime
) -> tuple[Sequence[InboxMessage], str | None]:
    """Return a page of a user's messages of 30 days, newest first, and the next cursor: a query."""
    key = ids.key(organization_id, user_id)
    start = None
    if cursor:
        place = cursors.place_in(cursor, _PLACE)
        start = start_behind(key=key, item=_PREFIX + place)
    oldest = _PREFIX + _moment.serialize(now - KEPT)
    page = InboxMessage.query(
        key,
        InboxMessage.item.between(oldest, f"{_PREFIX}~"),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=start,
        consistent_read=True,
    )
    found = list(page)
    more = page.last_evaluated_key is not None and len(found) == limit
    last = found[-1].item.removeprefix(_PREFIX) if more else ""
    return found, cursors.cursor_of(last) if more else None


def mark(  # the first time counts
    organization_id: str, user_id: str, item: str, level: Level, now: datetime
) -> None:
    """Note that a user saw a message, or followed it: one transaction, 2 write units per KiB.

    Nothing where the message is gone.
    """
    message = InboxMessage(ids.key(organization_id, user_id), item)
    actions = [InboxMessage.seen_at.set(InboxMessage.seen_at | now)]
    if level is Level.CLICKED:
        actions.append(InboxMessage.clicked_at.set(InboxMessage.clicked_at | now))
    transaction = guard.Transaction()
    transaction.update(
        message, actions, condition=InboxMessage.key.exists(), otherwise=MessageGone()
    )
    with contextlib.suppress(MessageGone):
        transaction.commit()


def item_of(begun_at: datetime, tracking_id: str) -> str:
    """Return the key of a message within its user's."""
    return ids.key("inbox", _moment.serialize(begun_at), tracking_id)
