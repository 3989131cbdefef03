"""Counting what promoters bring about, each thing once, and asking for new rankings (D3)."""

from datetime import datetime

from pynamodb.expressions.update import Action

from sluice.promoters.rules import counts
from sluice.promoters.rules.counts import Happening, Row
from sluice.promoters.store import figures
from sluice.promoters.tables import OwnFigures, PromoterTotal, RankingHead, Standing
from sluice.shared import counting
from sluice.shared.claims import hash_of
from sluice.shared.counting import Sum
from sluice.shared.guard import Transaction
from sluice.shared.table import find

type Counted = type[Standing | OwnFigures | PromoterTotal]


def count(organization_id: str, happening: Happening, now: datetime) -> None:
    """Count what happened, once: a claim and 4 rows, 10 write units. Raises Contention."""

    def add(transaction: Transaction, given: Sum[Row]) -> None:
        model, key, item = _place(organization_id, given.row)
        actions: list[Action] = [
            getattr(model, name).add(n) for name, n in sorted(given.counters.items())
        ]
        transaction.upsert(model(key, item), [*actions, model.kind.set(model)])

    named = {hash_of(happening.type, happening.id): counts.of_happening(happening)}
    counting.count(organization_id, "tasks", named, add, now)


def mark(organization_id: str, now: datetime) -> None:
    """Ask for new rankings, which the next sweep makes: a read; at first also 3 write units.

    Said after what has changed, so that who fails in between says it when they try again. Whatever
    is counted of an organisation says it: where it was said since a making last began, the next
    one reads what has changed, and the item that all would write is left alone.
    """
    head = find(RankingHead, *figures.head_key(organization_id))
    if head is not None and head.marks > head.taken:
        return
    transaction = Transaction()
    transaction.upsert(
        RankingHead(*figures.head_key(organization_id)),
        [
            RankingHead.kind.set(RankingHead),
            RankingHead.marks.add(1),
            RankingHead.due_bucket.set(figures.bucket_of(organization_id)),
            RankingHead.due_at.set(now),
        ],
    )
    transaction.commit()


def _place(organization_id: str, row: Row) -> tuple[Counted, str, str]:
    kind, *names = row
    if kind == counts.OFFER:
        return Standing, *figures.standing_key(organization_id, *names)
    if kind == counts.OWN:
        member_id, offer_id = names
        key = figures.promoter_key(organization_id, member_id)
        return OwnFigures, key, figures.own_name(offer_id)
    return PromoterTotal, *figures.total_key(organization_id, *names)
