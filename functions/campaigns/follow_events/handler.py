"""Events person.erased.v1, reward.reversed.v1: forget a person's answers; uncount a reward.

An erased person's answers in all campaigns, found by the hash of each phone number answered, and
the notes of salespeople; the signup stays, by an id that names nobody, since it is counted (B4,
C6). Nothing later than the erasure. For each identity a query, for each signup a read and a
transaction of 3 items. A reward that the ledger took back leaves the figures (B7): as
`unrewarding.take_back`; other programmes' cost nothing. Safe to repeat.
"""

import msgspec

from sluice.campaigns.store import forgetting, unrewarding
from sluice.shared import events, telemetry
from sluice.shared.outbox import Event

REVERSED = "reward.reversed.v1"


class Erased(msgspec.Struct):
    """What is read of the event of a person."""

    person_keys: list[str]


class Reversed(msgspec.Struct):
    """What is read of the event of a reward."""

    reward_id: str
    programme: str
    natural_key: str


@events.consumer
def handler(event: Event) -> None:
    """Forget the person, or count the reward no more."""
    if event.type == REVERSED:
        told = msgspec.convert(event.data, Reversed)
        taken_back = unrewarding.take_back(
            event.organization_id, told.programme, told.natural_key, told.reward_id
        )
        telemetry.note(reward_id=told.reward_id, taken_back=taken_back)
        return
    erased = msgspec.convert(event.data, Erased)
    forgetting.forget(event.organization_id, erased.person_keys, event.occurred_at)
