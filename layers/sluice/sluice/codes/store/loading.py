"""Channels as a choice needs them, from the index: thousands at once, without a model for each.

Channels come first, then the rows of their details, as both are read from the end of the index.
"""

from typing import Any

import msgspec

from sluice.codes.providers import WITH_WAYS
from sluice.codes.rules.choice import Candidate
from sluice.codes.rules.shifts import Shifts
from sluice.codes.store import channels
from sluice.codes.store.details import DETAILS_OF
from sluice.codes.tables import OPEN, Channel
from sluice.shared import ids, telemetry
from sluice.shared.table import connection, find

MAX_CHANNELS = 10_000
MAX_PAGES = 40  # of 1 MB: 10,000 channels are some 4, the rest is for service areas

type Row = dict[str, dict[str, Any]]  # an item as DynamoDB writes it


class Texts:
    """JSON texts that were read before, as what they say: most areas and shifts stay as they are.

    By channel, so that the same text is the same object as long as it does not change.
    """

    def __init__(self) -> None:
        self._areas: dict[str, tuple[str, dict[str, Any]]] = {}
        self._shifts: dict[str, Shifts] = {}

    def area(self, channel_id: str, text: str) -> dict[str, Any]:
        """Return a service area."""
        known = self._areas.get(channel_id)
        if known is None or known[0] != text:
            if len(self._areas) >= MAX_CHANNELS:
                self._areas.clear()
            known = self._areas[channel_id] = (text, msgspec.json.decode(text))
        return known[1]

    def shifts(self, text: str) -> Shifts:
        """Return shifts; many channels have the same."""
        known = self._shifts.get(text)
        if known is None:
            if len(self._shifts) >= MAX_CHANNELS:
                self._shifts.clear()
            known = self._shifts[text] = msgspec.json.decode(text, type=Shifts)
        return known


def candidates(organization_id: str, texts: Texts) -> list[Candidate]:
    """Return every channel of the organisation as a choice needs it, some moments old.

    A query of the index for each MB: one for some 2,000 channels, half a read unit for each 4 KB.
    A channel whose details did not come (the index is behind, or they are over 36 MB together)
    counts as closed: better nobody than somebody from elsewhere.
    """
    found: list[Row] = []
    details: dict[str, Row] = {}
    for row in _rows(organization_id):
        name = row["channel_id"]["S"]
        if name.startswith(DETAILS_OF):
            details[name.removeprefix(DETAILS_OF)] = row
        else:
            found.append(row)
    if len(found) > MAX_CHANNELS:
        telemetry.logger.error("ChannelsLeftOut", extra={"channels": len(found)})
    return [_candidate(row, _beside(row, details), texts) for row in found[:MAX_CHANNELS]]


def read_candidate(organization_id: str, channel_id: str) -> Candidate | None:
    """Return one channel as it is now, without its details: a consistent read."""
    channel = find(Channel, ids.key(organization_id, channel_id))
    if channel is None:
        return None
    row = channel.serialize()
    return _candidate(row, row, Texts())


def _rows(organization_id: str) -> list[Row]:
    request = {
        "TableName": Channel.Meta.table_name,
        "IndexName": Channel.by_organization.Meta.index_name,
        "KeyConditionExpression": "organization_id = :organization",
        "ExpressionAttributeValues": {":organization": {"S": organization_id}},
        "ScanIndexForward": False,
    }
    rows: list[Row] = []
    for _ in range(MAX_PAGES):
        page = connection.dispatch("Query", dict(request))
        rows += page["Items"]
        place = page.get("LastEvaluatedKey")
        if not place:
            return rows
        request["ExclusiveStartKey"] = place
    telemetry.logger.error("ChannelDetailsLeftOut", extra={"rows": len(rows)})
    return rows


def _beside(row: Row, details: dict[str, Row]) -> Row | None:
    """Return where a channel's details are: with itself in older items, and if it has none."""
    return details.get(row["channel_id"]["S"]) if "details" in row else row


def _candidate(row: Row, beside: Row | None, texts: Texts) -> Candidate:
    channel_id = row["channel_id"]["S"]
    area, shifts = (beside or {}).get("service_area"), (beside or {}).get("shifts")
    return Candidate(
        channel_id=channel_id,
        kind=row["kind"]["S"],
        name=row["name"]["S"],
        provider=row["provider"]["S"],
        provider_type=row["provider_type"]["S"],
        provider_ref=row["provider_ref"]["S"],
        open=beside is not None and row["status"]["S"] == OPEN and _has_way(row),
        full="full" in row,
        backup=row["backup"]["BOOL"],
        weight=int(row["weight"]["N"]),
        cap=int(row["cap"]["N"]),
        owner_id=row["owner_id"]["S"] if "owner_id" in row else None,
        service_area=texts.area(channel_id, area["S"]) if area else None,
        shifts=texts.shifts(shifts["S"]) if shifts else None,
        full_day=row["full_day"]["S"] if "full_day" in row else None,
        way_url=row["way_url"]["S"] if "way_url" in row else None,
    )


def _has_way(row: Row) -> bool:
    """Tell whether customers can reach a channel: by a way of its own, where they need one."""
    if row["provider_type"]["S"] not in WITH_WAYS:
        return True
    way = channels.way_for(row["provider"]["S"], row["provider_ref"]["S"])
    return "way_url" in row and row.get("way_for") == {"S": way}
