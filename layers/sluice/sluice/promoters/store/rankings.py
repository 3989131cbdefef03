"""Rankings, made anew from the figures when something changed (D3).

All of an organisation's are made together, from figures read together, under a generation number:
an offer has the same place among those of each of its tags, and a list goes on in the order it
began with. Chunks are written first and the head last, so nobody reads what is not there.
"""

import contextlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from sluice.organizations import calendar
from sluice.organizations.rules import PromoterTasks
from sluice.promoters import settings
from sluice.promoters.rules import rankings as rules
from sluice.promoters.rules.counts import EVER
from sluice.promoters.rules.rankings import Entry
from sluice.promoters.store import figures
from sluice.promoters.tables import Chunk, PromoterTotal, RankingHead, Standing
from sluice.shared import batches, ids, sweeping, telemetry
from sluice.shared.claims import hash_of
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_ROWS = 100_000  # of a shard: offers, or promoters of a period
PAGE = 2_000  # rows of a query: a whole MB of them comes near the client's timeout
WAITING = sweeping.Waiting(RankingHead.by_due, RankingHead.due_at, figures.DUE_BUCKETS)
MADE = "made"


class _Moved(Refusal):
    """Something changed meanwhile, or a newer generation is there."""


def make_due(now: datetime, until: float) -> int:
    """Make the rankings that are due; `until` is on the monotonic clock, in seconds.

    4 queries of the index; for each organisation what `make` says. One that fails is put off.
    Returns how many were made.
    """

    def work(item: RankingHead) -> str:
        make(item.key.split("#")[0], now)
        return MADE

    return sweeping.sweep(WAITING, work, now, until)[MADE]


def make(organization_id: str, now: datetime) -> None:
    """Make an organisation's rankings: of the offers of each tag, of promoters by period.

    3 reads, a query for each 2,000 rows of figures (consistent: 12 at least), a request for
    each 25 chunks of 100, 2 transactions of 1 item. What changes meanwhile is for the next run.
    """
    head = _begin(organization_id)
    weights = settings.find(organization_id)
    generation = rules.generation_of(now)
    periods = (EVER, calendar.day(organization_id, now)[:7])
    by_tag, offers = _offers(organization_id, weights, now)
    boards = {period: _promoters(organization_id, period, weights) for period in periods}
    for tag, entries in by_tag.items():
        write(ranking_key(organization_id, tag_name(tag), generation), entries, now)
    for period, entries in boards.items():
        write(ranking_key(organization_id, board_name(period), generation), entries, now)
        write_places(organization_id, period, generation, entries, now)
    counted = {period: len(entries) for period, entries in boards.items()}
    telemetry.note(ranked_tags=len(by_tag), ranked_promoters=counted)
    is_idle = not offers and not counted[EVER]
    _publish(organization_id, head, generation, counted, now, is_idle=is_idle)


def ranking_key(organization_id: str, name: str, generation: str) -> str:
    """Return the partition of a ranking's chunks."""
    return ids.key(organization_id, "ranking", name, generation)


def tag_name(tag: str) -> str:
    """Return the name of a tag's ranking: a tag may be any text, a part of a key may not."""
    return f"tag-{hash_of(tag)[:32]}"


def board_name(period: str) -> str:
    """Return the name of a board of promoters."""
    return f"board-{period}"


def places_name(period: str) -> str:
    """Return the name of where promoters of a board are looked up."""
    return f"places-{period}"


def bucket_of(member_id: str, count: int) -> str:
    """Return in which bucket a promoter of a board of so many is looked up."""
    return str(zlib.crc32(member_id.encode()) % rules.buckets(count))


def entries_of(chunk: Chunk) -> list[Entry]:
    """Return what a chunk holds, in its order."""
    return msgspec.json.decode(chunk.entries, type=list[Entry])


def first_chunk(key: str, place: str = "") -> Chunk | None:
    """Return the chunk that a place is in, or the first one: one query, or two."""
    if place:
        found = Chunk.query(
            key, Chunk.item <= place, consistent_read=True, scan_index_forward=False, limit=1
        )
        if (chunk := next(iter(found), None)) is not None:
            return chunk
    return next(iter(Chunk.query(key, consistent_read=True, limit=1)), None)


def beside(chunk: Chunk, *, forward: bool) -> Chunk | None:
    """Return the chunk behind or before one: one query."""
    place = Chunk.item > chunk.item if forward else Chunk.item < chunk.item
    found = Chunk.query(chunk.key, place, consistent_read=True, scan_index_forward=forward, limit=1)
    return next(iter(found), None)


def _begin(organization_id: str) -> RankingHead:
    """Say up to which mark the figures that are read from now on have everything."""
    place = figures.head_key(organization_id)
    head = find(RankingHead, *place) or RankingHead(*place)
    if head.marks > head.taken:
        taken = RankingHead.taken
        is_later = taken.does_not_exist() | (taken < head.marks)
        with contextlib.suppress(_Moved):
            _commit(RankingHead(*place), [taken.set(head.marks)], is_later)
    return head


def _offers(
    organization_id: str, weights: PromoterTasks, now: datetime
) -> tuple[Mapping[str, Sequence[Entry]], int]:
    """Return the offers that can be promoted until the next making, by tag.

    And how many can be promoted now or one day: nobody says when the time of one has come.
    """
    found: dict[str, list[Entry]] = defaultdict(list)
    offers = 0
    for shard in range(figures.SHARDS):
        key = figures.offers_key(organization_id, shard)
        rows = Standing.query(key, consistent_read=True, limit=MAX_ROWS, page_size=PAGE)
        for row in _counted(rows, organization_id):
            if not row.is_published or row.ends_at <= now:
                continue
            offers += 1
            if row.starts_at <= now + rules.REMADE:
                amount = rules.coefficient(weights, int(row.transactions), int(row.promotions))
                for tag in row.tags or ():
                    found[tag].append(Entry(row.item, amount))
    return found, offers


def _promoters(organization_id: str, period: str, weights: PromoterTasks) -> Sequence[Entry]:
    """Return the promoters who brought something about in a period."""
    found = []
    for shard in range(figures.SHARDS):
        key = figures.promoters_key(organization_id, period, shard)
        rows = PromoterTotal.query(key, consistent_read=True, limit=MAX_ROWS, page_size=PAGE)
        for row in _counted(rows, organization_id):
            amount = rules.coefficient(weights, int(row.transactions), int(row.promotions))
            if amount:
                found.append(Entry(row.item, amount))
    return found


def _counted[Row](rows: Iterable[Row], organization_id: str) -> Iterator[Row]:
    number = 0
    for row in rows:
        yield row
        number += 1
    if number >= MAX_ROWS:
        telemetry.logger.error("RankingCut", extra={"organization_id": organization_id})


def write(key: str, entries: Sequence[Entry], now: datetime) -> None:
    """Write a ranking's chunks: a request for each 25."""
    batches.write(
        [
            _chunk(key, some[0].place, some, now, start=start)
            for start, some in rules.chunks(entries)
        ]
    )


def write_places(
    organization_id: str, period: str, generation: str, entries: Sequence[Entry], now: datetime
) -> None:
    """Write where promoters of a board are looked up: a request for each 25 buckets."""
    key = ranking_key(organization_id, places_name(period), generation)
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[bucket_of(entry.name, len(entries))].append(entry)
    batches.write([_chunk(key, bucket, some, now) for bucket, some in found.items()])


def _chunk(key: str, item: str, some: Sequence[Entry], now: datetime, start: int = 0) -> Chunk:
    text = msgspec.json.encode(some).decode()
    return Chunk(key, item, start=start, entries=text, expires=now + rules.KEPT)


def _publish(
    organization_id: str,
    head: RankingHead,
    generation: str,
    counted: Mapping[str, int],
    now: datetime,
    *,
    is_idle: bool,
) -> None:
    """Let the generation be read; made anew at once where something changed since, else later."""
    item = RankingHead(*figures.head_key(organization_id))
    written = RankingHead.generation
    is_newer = written.does_not_exist() | (written < generation)
    seen = RankingHead.marks.does_not_exist() | (RankingHead.marks == head.marks)
    shown = [
        written.set(generation),
        RankingHead.boards.set(msgspec.json.encode(counted).decode()),
        Path(sweeping.FAILURES).remove(),
    ]
    later = [RankingHead.due_at.set(now + rules.REMADE)]
    if is_idle:
        later = [RankingHead.due_at.remove(), RankingHead.due_bucket.remove()]
    with contextlib.suppress(_Moved):
        try:
            _commit(item, [*shown, *later], is_newer & seen)
        except _Moved:
            _commit(item, shown, is_newer)


def _commit(item: RankingHead, actions: Sequence[Action], condition: Condition) -> None:
    transaction = Transaction()
    transaction.update(item, actions, condition=condition, otherwise=_Moved())
    transaction.commit()
