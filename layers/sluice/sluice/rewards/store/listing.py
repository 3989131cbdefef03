"""Lists of rewards: those held for a decision, and an owner's."""

from collections.abc import Iterator
from itertools import islice

from sluice.rewards.rules import TRANSFER_ID, State
from sluice.rewards.tables import Reward
from sluice.shared import cursors, ids

type Page = tuple[list[Reward], str | None]


def held(organization_id: str, limit: int, cursor: str | None) -> Page:
    """Return held rewards, the oldest first, and the next page's cursor. One query.

    Raises Invalid: the cursor is none of ours.
    """
    first = cursors.place_in(cursor, TRANSFER_ID) if cursor else "0"
    found = Reward.by_queue.query(
        ids.key(organization_id, "held"),
        Reward.queue_place >= first,
        limit=limit + 1,
    )
    return _page(found, limit)


def owned(
    organization_id: str, owner_id: str, state: State | None, limit: int, cursor: str | None
) -> Page:
    """Return an owner's rewards, the newest first, and the next page's cursor. One query.

    With a state a page may have fewer, or none, and still be followed by one. Raises Invalid: the
    cursor is none of ours.
    """
    last = cursors.place_in(cursor, TRANSFER_ID) if cursor else "~"
    found = Reward.by_owner.query(
        ids.key(organization_id, owner_id),
        Reward.transfer_id <= last,
        limit=limit + 1,
        scan_index_forward=False,
    )
    page, following = _page(found, limit)
    return [reward for reward in page if state in {None, State(reward.state)}], following


def _page(found: Iterator[Reward], limit: int) -> Page:
    page = list(islice(found, limit + 1))
    following = cursors.cursor_of(page[limit].transfer_id) if len(page) > limit else None
    return page[:limit], following
