"""Views of a code (A3)."""

from datetime import datetime, timedelta

from sluice.codes.tables import Code, Visit
from sluice.shared import ids
from sluice.shared.guard import Transaction

KEPT = timedelta(days=90)


def count_view(code: Code, visitor_id: str, day: str, now: datetime) -> None:
    """Count a view: one item, 2 write units; the stream carries it to the statistics.

    A transaction of one, so that the client's own retry after a lost answer counts once.
    """
    transaction = Transaction()
    transaction.upsert(
        Visit(ids.key(code.organization_id, code.code, visitor_id), day),
        [Visit.views.add(1), Visit.expires.set(now + KEPT)],
    )
    transaction.commit()
