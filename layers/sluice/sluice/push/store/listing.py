"""A user's pushes, newest first."""

from sluice.push.store.held import PUSH
from sluice.push.tables import Push, PushItem
from sluice.shared import cursors, ids
from sluice.shared.table import start_behind

_PLACE = r"[0-9TZ:.-]{24}#[0-9A-Za-z]{1,64}"  # a time, and a push's id

type Page = tuple[list[Push], str | None]  # and the cursor of the next one


def pushes_of(organization_id: str, user_id: str, limit: int, cursor: str) -> Page:
    """Return a page of a user's pushes: one query, and one request for up to 100 of them.

    The index lags by some milliseconds. Raises Invalid: no cursor of this list.
    """
    user = ids.key(organization_id, user_id)
    found = PushItem.by_user.query(
        user,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=_start(organization_id, user, cursor) if cursor else None,
    )
    keys = [(item.key, PUSH) for item in found]
    items = PushItem.batch_get(keys, consistent_read=True)
    pushes = [item for item in items if isinstance(item, Push)]
    pushes.sort(key=lambda push: (push.created_at, push.push_id), reverse=True)
    if found.last_evaluated_key is None or not pushes:
        return pushes, None
    last = found.last_evaluated_key
    place = ids.key(last["created_at"]["S"], last["key"]["S"].split("#")[1])
    return pushes, cursors.cursor_of(place)


def _start(organization_id: str, user: str, cursor: str) -> dict[str, dict[str, str]]:
    created_at, push_id = cursors.place_in(cursor, _PLACE).split("#")
    key = ids.key(organization_id, push_id)
    return start_behind(account_user=user, created_at=created_at, key=key, item=PUSH)
