"""Names of channels and members for pages that know their ids."""

from collections.abc import Mapping
from typing import Any

from sluice.console.api import Asked

MOST = 500  # of a list that names are taken from; of others the id is shown
CHANNELS: Asked = (("channels",), {"limit": MOST})
MEMBERS: Asked = (("members",), {"limit": MOST})


def of_channels(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the names in an answer to CHANNELS, by id."""
    return {one["channel_id"]: one["name"] for one in answer["items"]}


def of_members(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the names in an answer to MEMBERS, by id."""
    return {one["member_id"]: one["name"] for one in answer["items"]}
