"""How often a user is told things of a purpose: counted once for each push, all strategies (E7)."""

from datetime import datetime

from sluice.push.recipient_tables import Frequency
from sluice.push.refusals import FrequencyCapReached
from sluice.push.rules import courtesy
from sluice.push.rules.courtesy import Cap
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find


def take_frequency(
    transaction: Transaction,
    organization_id: str,
    user_id: str,
    *,
    purpose: str,
    cap: Cap,
    zone: str,
    now: datetime,
) -> None:
    """Count a push against the cap of its purpose, in the transaction of its first attempt.

    2 write units. The window is one of local days in `zone`. Refuses with FrequencyCapReached.
    """
    window, expires = courtesy.window(cap, zone, now)
    key = ids.key(organization_id, user_id)
    taken = Frequency.taken
    transaction.update(
        Frequency(key, ids.key("frequency", purpose, window)),
        [taken.set((taken | 0) + 1), Frequency.kind.set(Frequency), Frequency.expires.set(expires)],
        condition=taken.does_not_exist() | (taken < cap.max_pushes),
        otherwise=FrequencyCapReached(),
    )


def frequency_of(
    organization_id: str, user_id: str, *, purpose: str, cap: Cap, zone: str, now: datetime
) -> int:
    """Return how many pushes `take_frequency` has counted in this window: one read."""
    window, _ = courtesy.window(cap, zone, now)
    item = ids.key("frequency", purpose, window)
    found = find(Frequency, ids.key(organization_id, user_id), item)
    return int(found.taken) if found else 0
