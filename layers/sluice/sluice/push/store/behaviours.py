"""What users did: evidence for messages whose receipts say nothing (E4)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from sluice.push.refusals import BehaviourKnown
from sluice.push.rules.judging import Behaviour
from sluice.push.tables import BehaviourItem
from sluice.shared import guard, ids
from sluice.shared.claims import Claim, hash_of
from sluice.shared.table import Moment

KEPT = timedelta(days=30)
STORED = KEPT + timedelta(days=1)  # a window of 30 days is looked at just after its end
MAX_LOOKED_AT = 500  # a user's behaviours since a send, in one query
MAX_PAGES = 10  # of them, where the whole time counts

_moment = Moment()


def record_behaviour(
    organization_id: str, user_id: str, behaviour: Behaviour, claim: Claim, now: datetime
) -> None:
    """Store a behaviour with the claim of its event: one transaction, 4 write units.

    Raises AlreadyClaimed, or BehaviourKnown where another event said exactly the same.
    """
    named = hash_of(behaviour.kind, behaviour.content_id or "")[:16]
    transaction = guard.Transaction()
    claim.take(transaction, now)
    transaction.put(
        BehaviourItem(
            ids.key(organization_id, user_id),
            ids.key(_moment.serialize(behaviour.at), named),
            kind=behaviour.kind,
            content_id=behaviour.content_id,
            at=behaviour.at,
            expires=now + STORED,
        ),
        BehaviourItem.key.does_not_exist(),
        BehaviourKnown(),
    )
    transaction.commit()


def behaviours_since(
    organization_id: str, user_id: str, since: datetime, kinds: Iterable[str]
) -> list[Behaviour]:
    """Return the user's behaviours of these kinds among the first 500 since a moment.

    One consistent query; none where no kind counts.
    """
    counted = sorted(kinds)
    if not counted:
        return []
    found = BehaviourItem.query(
        ids.key(organization_id, user_id),
        BehaviourItem.item >= _moment.serialize(since),
        BehaviourItem.kind.is_in(*counted),
        consistent_read=True,
        page_size=MAX_LOOKED_AT,
    )
    page = next(found.page_iter)
    items = [BehaviourItem.from_raw_data(raw) for raw in page["Items"]]
    return [Behaviour(item.kind, item.at, item.content_id) for item in items]


def behaviours_between(
    organization_id: str, user_id: str, start: datetime, end: datetime, kinds: Iterable[str]
) -> list[Behaviour]:
    """Return the user's behaviours of these kinds among the first 5,000 from start to end.

    One consistent query for each 500.
    """
    last = f"{_moment.serialize(end)}~"  # after whatever happened in that millisecond
    found = BehaviourItem.query(
        ids.key(organization_id, user_id),
        BehaviourItem.item.between(_moment.serialize(start), last),
        BehaviourItem.kind.is_in(*sorted(kinds)),
        consistent_read=True,
        page_size=MAX_LOOKED_AT,
    )
    items = [
        BehaviourItem.from_raw_data(raw)
        for page in islice(found.page_iter, MAX_PAGES)
        for raw in page["Items"]
    ]
    return [Behaviour(item.kind, item.at, item.content_id) for item in items]
