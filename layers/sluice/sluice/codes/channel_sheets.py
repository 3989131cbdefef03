"""Channels as lines of CSV: an export is what an import takes back (F7)."""

from collections.abc import Iterable, Mapping

from sluice.codes import inputs
from sluice.codes.inputs import PutChannel
from sluice.codes.tables import Channel
from sluice.shared import imports, sheets

COLUMNS = ("channel_id", *PutChannel.__struct_fields__)
REQUIRED = ("channel_id", *imports.required_fields(PutChannel))


def parse(cells: Mapping[str, str]) -> PutChannel:
    """Return what a line says of a channel. Raises Invalid."""
    given = imports.values_of(cells, PutChannel)
    inputs.check_channel(given)
    return given


def render(channels: Iterable[Channel]) -> str:
    """Return channels as CSV, without what they count."""
    return sheets.render(COLUMNS, ([getattr(one, name) for name in COLUMNS] for one in channels))
