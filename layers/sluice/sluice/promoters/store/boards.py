"""Where a promoter stands among the others, and who is next to them (D10)."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sluice.organizations import calendar
from sluice.promoters.rules import rankings as rules
from sluice.promoters.rules.counts import EVER
from sluice.promoters.rules.rankings import Entry
from sluice.promoters.store import figures, rankings
from sluice.promoters.tables import Chunk, RankingHead
from sluice.shared.errors import Contention
from sluice.shared.table import find

MONTH = "month"


@dataclass(frozen=True)
class Board:
    """A promoter's surroundings in a board: rows with their ranks, from 1; none: not on it."""

    period: str
    promoters: int
    made_at: datetime | None = None
    rank: int | None = None
    first_rank: int = 1  # of the rows
    rows: tuple[Entry, ...] = ()


def around(
    organization_id: str, member_id: str, period: str, neighbours: int, now: datetime
) -> Board:
    """Return a promoter's place in the board of a period, as it was made last, and who is near.

    `neighbours`: so many on either side, at most 100. At most 3 reads and 4 queries, however many
    promoters there are. Raises Contention: the boards are hours behind.
    """
    name = calendar.day(organization_id, now)[:7] if period == MONTH else EVER
    head = find(RankingHead, *figures.head_key(organization_id))
    if head is None or head.generation is None:
        return Board(name, 0)
    promoters = msgspec.json.decode(head.boards, type=dict[str, int]).get(name, 0)
    if not promoters:
        return Board(name, 0)
    if not rules.is_kept(head.generation, now):
        raise Contention
    made_at = rules.made_at(head.generation)
    entry = _entry(organization_id, name, head.generation, promoters, member_id)
    if entry is None:
        return Board(name, promoters, made_at)
    key = rankings.ranking_key(organization_id, rankings.board_name(name), head.generation)
    start, rows = _near(key, entry, neighbours)
    mine = rows.index(entry)
    first = max(0, mine - neighbours)
    near = tuple(rows[first : mine + neighbours + 1])
    return Board(name, promoters, made_at, start + mine + 1, start + first + 1, near)


def _entry(
    organization_id: str, name: str, generation: str, promoters: int, member_id: str
) -> Entry | None:
    key = rankings.ranking_key(organization_id, rankings.places_name(name), generation)
    found = find(Chunk, key, rankings.bucket_of(member_id, promoters))
    entries = rankings.entries_of(found) if found else []
    return next((entry for entry in entries if entry.name == member_id), None)


def _near(key: str, entry: Entry, neighbours: int) -> tuple[int, list[Entry]]:
    """Return the chunk of an entry, with those beside it where neighbours are in them."""
    chunk = rankings.first_chunk(key, entry.place)
    if chunk is None:
        raise Contention
    start, rows = int(chunk.start), rankings.entries_of(chunk)
    mine = rows.index(entry)
    if mine + neighbours >= len(rows) and len(rows) == rules.CHUNK:
        behind = rankings.beside(chunk, forward=True)
        rows = rows + (rankings.entries_of(behind) if behind else [])
    if mine < neighbours and start:
        before = rankings.beside(chunk, forward=False)
        if before is not None:
            start, rows = int(before.start), rankings.entries_of(before) + rows
    return start, rows
