"""Members and provider accounts, a page at a time."""

from collections.abc import Sequence

from sluice.organizations.tables import Member, ProviderAccount
from sluice.shared import cursors, ids
from sluice.shared.fields import NAME
from sluice.shared.table import start_behind


def list_members(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[Member], str | None]:
    """Return a page of members by id, and the cursor of the next: one query."""
    found, more = _page(Member, organization_id, "member", limit, cursor)
    return found, cursors.cursor_of(found[-1].member_id) if more else None


def list_provider_accounts(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[ProviderAccount], str | None]:
    """Return a page of provider accounts by id, and the cursor of the next: one query.

    The sandbox is among them only where it was put.
    """
    found, more = _page(ProviderAccount, organization_id, "provider", limit, cursor)
    return found, cursors.cursor_of(found[-1].account_id) if more else None


def _page[T: (Member, ProviderAccount)](
    model: type[T], organization_id: str, kind: str, limit: int, cursor: str
) -> tuple[list[T], bool]:
    """Return some of a kind behind a cursor, and whether there may be more. Raises Invalid."""
    start = None
    if cursor:
        item = ids.key(kind, cursors.place_in(cursor, NAME))
        start = start_behind(organization_id=organization_id, item=item)
    page = model.query(
        organization_id, model.item.startswith(f"{kind}#"), limit=limit, last_evaluated_key=start
    )
    found = list(page)
    return found, page.last_evaluated_key is not None and len(found) == limit


def names_of(organization_id: str, member_ids: Sequence[str]) -> list[str]:
    """Return the names of some members, in the order of their ids as given: one request for 100.

    A member who is there no more is left out.
    """
    keys = [(organization_id, ids.key("member", member_id)) for member_id in member_ids]
    found = {member.member_id: member.name for member in Member.batch_get(keys)}
    return [found[member_id] for member_id in member_ids if member_id in found]
