"""What a promoter did with offers before: a bounded part of their order (D3)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from sluice.organizations.rules import PromoterTasks
from sluice.promoters.refusals import ListOutdated
from sluice.promoters.rules import rankings as rules
from sluice.promoters.rules.rankings import Ranked
from sluice.promoters.store import figures
from sluice.promoters.tables import ListView, OwnFigures, Standing
from sluice.shared import ids
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_READ = 1_000  # offers of a promoter that are looked at, by id
MAX_OWN = 200  # of these, the first ones, are ordered by the own history


def make(
    organization_id: str,
    member_id: str,
    tags: Collection[str],
    weights: PromoterTasks,
    order: str,
) -> Sequence[Ranked]:
    """Return a promoter's offers by what they did: a query and a batch read for each 100."""
    key, first = figures.promoter_key(organization_id, member_id), figures.OWN
    rows = OwnFigures.query(key, OwnFigures.item.startswith(first), limit=MAX_READ)
    own = {row.item.removeprefix(first): _own(weights, row) for row in rows}
    best = sorted((-amount, name) for name, amount in own.items() if amount)[:MAX_OWN]
    places = [figures.standing_key(organization_id, name) for _, name in best]
    found = [
        _ranked(row, own[row.item], weights, order)
        for row in (Standing.batch_get(places) if places else ())
        if row.is_published and set(row.tags or ()) & set(tags)
    ]
    return sorted(found, key=rules.position)


def keep(organization_id: str, member_id: str, history: Sequence[Ranked], expires: datetime) -> str:
    """Keep a history for the further pages of a list; return its name. 2 write units a KiB.

    The same history has the same name: whoever begins a list again keeps nothing more.
    """
    entries = msgspec.json.encode(history).decode()
    name = hash_of(entries)[:26]
    item = ListView(
        figures.promoter_key(organization_id, member_id),
        _view_item(name),
        entries=entries,
        expires=expires,
    )
    transaction = Transaction()
    transaction.put(item)
    transaction.commit()
    return name


def kept(organization_id: str, member_id: str, name: str) -> Sequence[Ranked]:
    """Return a kept history: one read. Raises ListOutdated: it is gone, or another's."""
    found = find(ListView, figures.promoter_key(organization_id, member_id), _view_item(name))
    if found is None:
        raise ListOutdated
    return msgspec.json.decode(found.entries, type=list[Ranked])


def figures_of(
    organization_id: str, member_id: str, offer_ids: Collection[str]
) -> Mapping[str, OwnFigures]:
    """Return what a promoter did with these offers, by offer: a batch read."""
    key = figures.promoter_key(organization_id, member_id)
    names = {figures.own_name(offer_id): offer_id for offer_id in offer_ids}
    rows = OwnFigures.batch_get([(key, name) for name in names])
    return {names[row.item]: row for row in rows}


def _view_item(name: str) -> str:
    return ids.key("view", name)


def _own(weights: PromoterTasks, row: OwnFigures) -> int:
    return rules.coefficient(weights, int(row.transactions), int(row.promotions))


def _ranked(row: Standing, own: int, weights: PromoterTasks, order: str) -> Ranked:
    overall = rules.coefficient(weights, int(row.transactions), int(row.promotions))
    return Ranked(rules.score(order, weights, overall, own), overall, row.item)
