"""A promoter's task list, page by page: what rankings say, checked against the offers (D2, D3).

A list goes on in the order it began with: its cursor names the generation of the rankings, and the
view with the own history that its first page found, where that matters.
"""

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sluice.organizations.rules import PromoterTasks
from sluice.promoters.refusals import ListOutdated
from sluice.promoters.rules import commissions, offers, rankings
from sluice.promoters.rules.commissions import Reward
from sluice.promoters.rules.offers import Offer
from sluice.promoters.rules.rankings import Entry, Ranked
from sluice.promoters.store import figures, histories
from sluice.promoters.store import offers as offers_store
from sluice.promoters.store import rankings as ranked
from sluice.promoters.tables import OwnFigures, RankingHead
from sluice.shared import cursors
from sluice.shared.errors import Contention
from sluice.shared.table import find

NO_VIEW = "0" * 26
_PLACE = r"[0-9]{16}#[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_CURSOR = (
    rf"(overall|own|combined)\|{rankings.GENERATION}\|[0-9a-z]{{26}}\|[0-9]{{1,3}}\|({_PLACE})?"
)


class Promoter(NamedTuple):
    """Whose list this is."""

    organization_id: str
    member_id: str
    tags: frozenset[str]


class Wanted(NamedTuple):
    """Which page of which list."""

    order: str
    limit: int
    cursor: str


@dataclass(frozen=True)
class Task:
    """An offer for a promoter, with what they would earn and by which of their tags."""

    offer: Offer
    rewards: Sequence[Reward]  # by each of their tags, the best first
    coefficient: int  # of the offer in all, when the ranking was made
    own: OwnFigures | None


class Cursor(NamedTuple):
    """Where a page begins: behind so much of the own history, and behind a place of the others."""

    order: str
    generation: str
    view: str = NO_VIEW
    used: int = 0
    place: str = ""


def list_tasks(
    promoter: Promoter, weights: PromoterTasks, wanted: Wanted, now: datetime
) -> tuple[Sequence[Task], str | None]:
    """Return a page of a promoter's tasks, and the cursor of the next.

    An offer that is paused or over meanwhile is left out, so a page may hold fewer than its limit.
    A read; for each tag one or two queries, and one more for each 100 places; two batch reads of
    the page's offers and own figures. A list in an order that takes the own history into account
    begins with a query of that and a batch read of at most 200 items, and is kept, where it goes
    on, with a write; a further page reads it instead. Raises Invalid, ListOutdated.
    """
    start = _start(promoter.organization_id, wanted, now)
    if start is None:
        return [], None
    history, start = _history(promoter, weights, start, wanted)
    rest = _others(promoter, weights, start, {own.offer_id for own in history})
    own = iter(history[start.used :])
    order = heapq.merge(own, rest, key=rankings.position)
    page = list(islice(order, wanted.limit))
    following = _following(start, page, history) if next(order, None) else None
    if following and history and start.view == NO_VIEW:
        key, expires = promoter[:2], rankings.expiry_of(start.generation)
        following = following._replace(view=histories.keep(*key, history, expires))
    found = _tasks(promoter, page, now)
    return found, cursors.cursor_of("|".join(map(str, following))) if following else None


def _start(organization_id: str, wanted: Wanted, now: datetime) -> Cursor | None:
    """Return where the page begins; None where there is nothing to rank, or was never anything."""
    if not wanted.cursor:
        head = find(RankingHead, *figures.head_key(organization_id))
        due_at: Any = head.due_at if head else None  # None: nothing is to be ranked
        if head is None or due_at is None or head.generation is None:
            return None
        if not rankings.is_kept(head.generation, now):
            raise Contention  # the sweep is hours behind
        return Cursor(wanted.order, head.generation)
    order, generation, view, used, place = cursors.place_in(wanted.cursor, _CURSOR).split("|")
    if not rankings.is_kept(generation, now):
        raise ListOutdated
    return Cursor(order, generation, view, int(used), place)


def _history(
    promoter: Promoter, weights: PromoterTasks, start: Cursor, wanted: Wanted
) -> tuple[Sequence[Ranked], Cursor]:
    if start.order == rankings.OVERALL:
        return [], start
    organization_id, member_id, tags = promoter
    if start.view != NO_VIEW:
        return histories.kept(organization_id, member_id, start.view), start
    if wanted.cursor:
        return [], start  # it began without any
    return histories.make(organization_id, member_id, tags, weights, start.order), start


def _others(
    promoter: Promoter, weights: PromoterTasks, start: Cursor, without: Collection[str]
) -> Iterator[Ranked]:
    """Yield the offers for a promoter in their order, each once, but for the own history."""
    keys = [
        ranked.ranking_key(promoter.organization_id, ranked.tag_name(tag), start.generation)
        for tag in sorted(promoter.tags)
    ]
    before = ""
    for entry in heapq.merge(
        *(_behind(key, start.place) for key in keys), key=lambda entry: entry.place
    ):
        if entry.name not in without and entry.place != before:
            score = rankings.score(start.order, weights, entry.coefficient, 0)
            yield Ranked(score, entry.coefficient, entry.name)
        before = entry.place


def _behind(key: str, place: str) -> Iterator[Entry]:
    """Yield what is behind a place of a ranking, chunk by chunk."""
    chunk = ranked.first_chunk(key, place)
    while chunk is not None:
        entries = ranked.entries_of(chunk)
        yield from (entry for entry in entries if entry.place > place)
        chunk = ranked.beside(chunk, forward=True) if len(entries) == rankings.CHUNK else None


def _following(start: Cursor, page: Sequence[Ranked], history: Sequence[Ranked]) -> Cursor:
    own = {each.offer_id for each in history}
    others = [each for each in page if each.offer_id not in own]
    place = Entry(others[-1].offer_id, others[-1].coefficient).place if others else start.place
    return start._replace(used=start.used + len(page) - len(others), place=place)


def _tasks(promoter: Promoter, page: Sequence[Ranked], now: datetime) -> Sequence[Task]:
    """Return the tasks of a page as the offers are now."""
    organization_id, member_id, tags = promoter
    names = [each.offer_id for each in page]
    found = offers_store.find_all(organization_id, names) if names else {}
    own = histories.figures_of(organization_id, member_id, names) if names else {}
    tasks = []
    for each in page:
        offer, mine = found.get(each.offer_id), own.get(each.offer_id)
        if offer is None or not offers.is_running(offer, now):
            continue
        before = int(mine.transactions) if mine else 0
        if rewards := commissions.rewards_for(offer, tags, before):
            tasks.append(Task(offer, rewards, each.coefficient, mine))
    return tasks
