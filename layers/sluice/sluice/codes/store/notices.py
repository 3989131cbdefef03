"""Notices: a message that somebody is to get because of a write, asked for in that very write.

Who sends it, over which channels and in what words is no business of the codes: the event goes to
the push chain, by the strategy that the organisation named after the kind (docs/push.md).
"""

from collections.abc import Mapping
from datetime import datetime

from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit

TYPE = "notice.wanted.v1"
MAX_VALUES = 16
MAX_LENGTH = 500  # of one value: what is longer is cut, so that the item stays under 8 KiB
FIRST = 1  # a notice does not change


def want(  # noqa: PLR0917 - said at each cause in this order, like a sentence
    transaction: Transaction,
    organization_id: str,
    notice_id: str,
    kind: str,
    user_id: str,
    content: Mapping[str, str],
    now: datetime,
) -> None:
    """Ask for a notice in the transaction of its cause: one item more, 2 write units for each KiB.

    `kind` names the strategy, `user_id` the member or customer; `title`, `body` and `link` of the
    content are the message, any other value is a fact. The same `notice_id`, kind and user make
    the same event, which is carried out once. Raises ValueError: over 16 values.
    """
    if len(content) > MAX_VALUES:
        raise ValueError(f"a notice has at most {MAX_VALUES} values")
    values = {name: value[:MAX_LENGTH] for name, value in content.items()}
    event = Event(
        id=f"notice.{hash_of(notice_id, kind, user_id)}",
        type=TYPE,
        organization_id=organization_id,
        occurred_at=now,
        version=FIRST,
        data={"notice": kind, "user_id": user_id, "content": values},
    )
    emit(transaction, event)
