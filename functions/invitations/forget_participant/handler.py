"""Event person.erased.v1: forget a person in all promotions (C6).

Invitations by them and of them, on both sides, and their participations; rewards stay in the
ledger. A query of the promotions, for each promotion and identity one query, and transactions of at
most 100 items where there is something. Safe to repeat.
"""

import msgspec

from sluice.invitations.store import forgetting
from sluice.shared import events
from sluice.shared.outbox import Event


class Erased(msgspec.Struct):
    """What this function reads of the event."""

    person_keys: list[str]


@events.consumer
def handler(event: Event) -> None:
    """Forget the person named by the event."""
    erased = msgspec.convert(event.data, Erased)
    forgetting.forget(event.organization_id, erased.person_keys)
