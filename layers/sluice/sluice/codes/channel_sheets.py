"""Channels as lines of CSV: an export is what an import takes back (F7)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec

from sluice.codes import inputs
from sluice.codes.inputs import PutChannel
from sluice.codes.refusals import ChannelMoved
from sluice.codes.store import channels
from sluice.codes.tables import REMOVED, Channel
from sluice.shared import guard, imports, sheets

COLUMNS = ("channel_id", *PutChannel.__struct_fields__)
MAX_TRIES = 3
REQUIRED = ("channel_id", *imports.required_fields(PutChannel))


def parse(cells: Mapping[str, str]) -> PutChannel:
    """Return what a line says of a channel. Raises Invalid."""
    given = imports.values_of(cells, PutChannel)
    inputs.check_channel(given)
    return given


def store(
    organization_id: str, channel_id: str, given: PutChannel, kept: Collection[str], now: datetime
) -> None:
    """Store a line; the fields of the columns that are `kept` stay as they are stored.

    What a PUT reads and writes; where columns are kept a read more, and all of it again where the
    channel was changed meanwhile. Raises what a PUT does.
    """
    if not kept:
        settings = inputs.channel_settings(organization_id, given)
        channels.put_channel(organization_id, channel_id, settings, now)
        return
    for _ in guard.attempts(MAX_TRIES):
        known = channels.find_channel(organization_id, channel_id)
        line, version = given, int(known.version) if known else 0
        if known is not None and known.status != REMOVED:
            line = msgspec.structs.replace(given, **{name: getattr(known, name) for name in kept})
        inputs.check_channel(line)
        settings = inputs.channel_settings(organization_id, line)
        try:
            channels.put_channel(organization_id, channel_id, settings, now, version)
        except ChannelMoved:
            continue
        return


def render(channels: Iterable[Channel]) -> str:
    """Return channels as CSV, without what they count."""
    return sheets.render(COLUMNS, ([getattr(one, name) for name in COLUMNS] for one in channels))
