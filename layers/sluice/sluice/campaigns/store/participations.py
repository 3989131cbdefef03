"""Members in a campaign: their codes, personal links and counters (B1, B7)."""

from collections.abc import Iterator
from datetime import datetime

from sluice.campaigns.rules.campaigns import CAMPAIGN_ID
from sluice.campaigns.store import campaigns
from sluice.campaigns.tables import Link, Participation
from sluice.shared import ids
from sluice.shared.table import Moment, start_behind
from sluice.shared.table import find as find_item

PREFIX = "member#"
LINK = "link"
PLACE = rf"[0-9T:.-]{{23}}Z#{CAMPAIGN_ID.removeprefix('^')}"
_MOMENT = Moment()


def find(organization_id: str, campaign_id: str, member_id: str) -> Participation | None:
    """Return a member's participation, also of one who was removed: one read."""
    return find_item(
        Participation, campaigns.key_of(organization_id, campaign_id), name_of(member_id)
    )


def find_link(token: str) -> Link | None:
    """Return whose personal link a token is: one read."""
    return find_item(Link, ids.key("link", token), LINK)


def each(
    organization_id: str, campaign_id: str, after: str | None = None, *, limit: int
) -> Iterator[Participation]:
    """Yield up to `limit` participations of a campaign by member, those removed too.

    `after`: from behind this member on. One read unit for each 4 KiB, some 12 of them; a request
    for each MiB.
    """
    key = campaigns.key_of(organization_id, campaign_id)
    start = None
    if after is not None:
        start = start_behind(key=key, item=name_of(after))
    yield from Participation.query(
        key,
        Participation.item.startswith(PREFIX),
        consistent_read=True,
        limit=limit,
        last_evaluated_key=start,
    )


def of_member(organization_id: str, member_id: str, after: str, limit: int) -> list[Participation]:
    """Return what a member was invited to, the newest first, from behind a place on.

    Also what they were removed from. One query of the index, which may be a moment behind, and a
    request; half a read unit for each.
    """
    start = None
    if after:
        invited_at, campaign_id = after.split("#")
        start = start_behind(
            member_key=ids.key(organization_id, member_id),
            invited_at=invited_at,
            key=campaigns.key_of(organization_id, campaign_id),
            item=name_of(member_id),
        )
    page = Participation.by_member.query(
        ids.key(organization_id, member_id),
        limit=limit,
        last_evaluated_key=start,
        scan_index_forward=False,
    )
    order = [(item.key, item.item) for item in page]
    found = {item.key: item for item in Participation.batch_get(order)} if order else {}
    return [found[key] for key, _ in order if key in found]


def place_of(found: Participation) -> str:
    """Return where a participation stands among its member's."""
    return f"{_MOMENT.serialize(found.invited_at)}#{found.key.partition('#')[2]}"


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
