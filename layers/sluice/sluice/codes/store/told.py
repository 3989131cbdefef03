"""What a provider tells, stored before it is acknowledged (A6): nothing of it can be lost then."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

import msgspec

from sluice.codes.providers.protocol import Happened
from sluice.shared import ids
from sluice.shared.claims import AlreadyClaimed, Claim, hash_of
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit

TYPE = "provider.told.v1"
PER_TRANSACTION = 40  # a claim and an event each, of the 100 parts that a transaction takes


class Kept(msgspec.Struct, frozen=True):
    """The data of such an event."""

    account_id: str
    told: Happened


def keep(organization_id: str, account_id: str, happened: Sequence[Happened], now: datetime) -> int:
    """Store what happened, each thing once, however often it is told; return how much was new.

    A transaction for each 40 (4 write units for each thing), always the same 40: what was told
    before is told again as a whole, so a claim that is taken speaks for its whole transaction.
    """
    new = 0
    once = {told.key: told for told in happened}  # a callback may name a person twice
    ordered = [once[key] for key in sorted(once)]
    for some in batched(ordered, PER_TRANSACTION, strict=False):
        transaction = Transaction()
        for told in some:
            _keep(transaction, organization_id, account_id, told, now)
        try:
            transaction.commit()
        except AlreadyClaimed:
            continue
        new += len(some)
    return new


def _keep(
    transaction: Transaction,
    organization_id: str,
    account_id: str,
    told: Happened,
    now: datetime,
) -> None:
    name = hash_of(account_id, told.key)
    Claim(ids.key(organization_id, "told", name), hash_of(told.key)).take(transaction, now)
    data = msgspec.to_builtins(Kept(account_id, told))
    event = Event(
        id=f"told.{name}",
        type=TYPE,
        organization_id=organization_id,
        occurred_at=told.at,
        version=1,
        data=data,
    )
    emit(transaction, event)


def kept_in(event: Event) -> Kept:
    """Return what an event tells."""
    return msgspec.convert(event.data, Kept)
