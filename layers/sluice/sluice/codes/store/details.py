"""Details of a channel: an item beside it, for what is large and what no join may pay for."""

from typing import Any

from sluice.codes.tables import Channel, ChannelDetails
from sluice.shared import ids
from sluice.shared.guard import Transaction

NAMES = ("service_area", "shifts", "successor")
DETAILS_OF = "#"  # before the channel's name


def key_of(organization_id: str, channel_id: str) -> str:
    """Return the key of a channel's details."""
    return ids.key(organization_id, channel_id, "details")


def are_in(settings: dict[str, Any]) -> bool:
    """Tell whether a channel with these settings has details."""
    return any(settings.get(name) is not None for name in NAMES)


def put(
    transaction: Transaction, organization_id: str, channel_id: str, settings: dict[str, Any]
) -> None:
    """Write what a channel has of details; without any the item leaves the index."""
    item = ChannelDetails(key_of(organization_id, channel_id))
    item.channel_id = DETAILS_OF + channel_id
    for name in NAMES:
        setattr(item, name, settings.get(name))
    if are_in(settings):
        item.organization_id = organization_id
    transaction.put(item)


def show(channel: Channel, details: Channel | ChannelDetails) -> None:
    """Set a channel's details on it, as they were read: a batch read takes all for channels."""
    for name in NAMES:
        setattr(channel, name, getattr(details, name))


def has_areas(organization_id: str) -> bool:
    """Tell whether some channel, open or not, serves an area: one query, of 1 MB at most.

    Where there are more channels than that, one of the rest may.
    """
    with_area = Channel.service_area.exists()
    found = Channel.by_organization.query(organization_id, filter_condition=with_area)
    page = next(found.page_iter)
    return bool(page["Items"]) or "LastEvaluatedKey" in page
