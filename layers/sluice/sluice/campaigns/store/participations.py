"""Members in a campaign: their codes, personal links and counters (B1, B7)."""

from collections.abc import Iterator
from datetime import datetime

from sluice.campaigns.store import campaigns
from sluice.campaigns.tables import Link, Participation
from sluice.shared import ids
from sluice.shared.table import find as find_item

PREFIX = "member#"
LINK = "link"


def find(organization_id: str, campaign_id: str, member_id: str) -> Participation | None:
    """Return a member's participation, also of one who was removed: one read."""
    return find_item(
        Participation, campaigns.key_of(organization_id, campaign_id), name_of(member_id)
    )


def find_link(token: str) -> Link | None:
    """Return whose personal link a token is: one read."""
    return find_item(Link, ids.key("link", token), LINK)


def each(
    organization_id: str, campaign_id: str, after: str | None = None, limit: int | None = None
) -> Iterator[Participation]:
    """Yield the participations of a campaign by member, those removed too.

    `after`: from behind this member on. One read unit for each 4 KiB, some 12 of them; a request
    for each MiB.
    """
    key = campaigns.key_of(organization_id, campaign_id)
    start = None
    if after is not None:
        start = {"key": {"S": key}, "item": {"S": name_of(after)}}
    yield from Participation.query(
        key,
        Participation.item.startswith(PREFIX),
        consistent_read=True,
        limit=limit,
        last_evaluated_key=start,
    )


def is_there(found: Participation) -> bool:
    """Tell whether a member still is in the campaign."""
    removed_at: datetime | None = found.removed_at
    return removed_at is None


def name_of(member_id: str) -> str:
    """Return the name of a participation's item."""
    return ids.key("member", member_id)


def url_of(base_url: str, token: str) -> str:
    """Return the address of a personal link: the member's page."""
    return f"{base_url}/c/{token}"
