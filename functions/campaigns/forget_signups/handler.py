"""Event person.erased.v1: forget what a person answered when they signed up (B4, C6).

Their answers in all campaigns, found by the hash of each phone number answered, and the notes of
salespeople; the signup stays, by an id that names nobody, since it is counted. Nothing later than
the erasure. For each identity a query, for each signup a read and a transaction of 3 items. Safe to
repeat.
"""

import msgspec

from sluice.campaigns.store import forgetting
from sluice.shared import events
from sluice.shared.outbox import Event


class Erased(msgspec.Struct):
    """What this function reads of the event."""

    person_keys: list[str]


@events.consumer
def handler(event: Event) -> None:
    """Forget the person named by the event."""
    erased = msgspec.convert(event.data, Erased)
    forgetting.forget(event.organization_id, erased.person_keys, event.occurred_at)
