"""Members, a page at a time."""

from collections.abc import Sequence

from sluice.organizations.tables import Member, ProviderAccount
from sluice.shared import cursors, ids
from sluice.shared.fields import NAME


def list_members(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[Member], str | None]:
    """Return a page of members by id, and the cursor of the next: one query."""
    start = None
    if cursor:
        item = ids.key("member", cursors.place_in(cursor, NAME))
        start = {"organization_id": {"S": organization_id}, "item": {"S": item}}
    page = Member.query(
        organization_id,
        Member.item.startswith("member#"),
        limit=limit,
        last_evaluated_key=start,
    )
    found = list(page)
    more = page.last_evaluated_key is not None and len(found) == limit
    return found, cursors.cursor_of(found[-1].member_id) if more else None


def list_provider_accounts(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[ProviderAccount], str | None]:
    """Return a page of provider accounts by id, and the cursor of the next: one query.

    The sandbox is among them only where it was put.
    """
    start = None
    if cursor:
        item = ids.key("provider", cursors.place_in(cursor, NAME))
        start = {"organization_id": {"S": organization_id}, "item": {"S": item}}
    page = ProviderAccount.query(
        organization_id,
        ProviderAccount.item.startswith("provider#"),
        limit=limit,
        last_evaluated_key=start,
    )
    found = list(page)
    more = page.last_evaluated_key is not None and len(found) == limit
    return found, cursors.cursor_of(found[-1].account_id) if more else None


def names_of(organization_id: str, member_ids: Sequence[str]) -> list[str]:
    """Return the names of some members, in the order of their ids as given: one request for 100.

    A member who is there no more is left out.
    """
    keys = [(organization_id, ids.key("member", member_id)) for member_id in member_ids]
    found = {member.member_id: member.name for member in Member.batch_get(keys)}
    return [found[member_id] for member_id in member_ids if member_id in found]
