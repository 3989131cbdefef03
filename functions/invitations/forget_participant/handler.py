"""Event person.erased.v1: forget a person in promotions, pushes and codes (C6).

Invitations by them and of them, on both sides, and their participations; what pushes keep of their
users in app 2; their ids at providers. Rewards stay in the ledger, seats and places in channels by
ids that name nobody. Nothing that is later than the erasure: the event may come late, of who is
back. A query of the promotions, for each promotion and identity one query, transactions of at most
100 items where there is something; for each user what erase_recipient does; where outside ids are
named a query of the channels, batch reads and a transaction for each thing found. Safe to repeat.
"""

import msgspec

from sluice.codes.identities import OutsideName
from sluice.codes.store import forgetting as codes
from sluice.invitations.store import forgetting
from sluice.push.store import erasing
from sluice.shared import clock, events
from sluice.shared.outbox import Event


class Erased(msgspec.Struct):
    """What this function reads of the event; `user_ids` are in app 2, where pushes go."""

    person_keys: list[str]
    user_ids: list[str] = []
    names: list[OutsideName] = []  # where codes may know them
    only_named: bool = False


@events.consumer
def handler(event: Event) -> None:
    """Forget the person named by the event."""
    erased, at = msgspec.convert(event.data, Erased), event.occurred_at
    forgetting.forget(event.organization_id, erased.person_keys, at)
    for user_id in erased.user_ids:
        erasing.erase(event.organization_id, user_id, clock.now(), asked_at=at)
    codes.forget(event.organization_id, erased.names, at, only_named=erased.only_named)
