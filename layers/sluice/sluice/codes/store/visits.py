"""Views of a code (A3), and which of them is a visitor's first."""

from datetime import datetime, timedelta

from sluice.codes.tables import Code, FirstView, Visit
from sluice.shared import ids
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction

KEPT = timedelta(days=90)  # after the last day with a view: then a visitor is a new one


class _Seen(Refusal):
    """The visitor has been here; `current` says by which view first."""

    slug, title = "visitor-seen", "Seen before"


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


def is_first_view(organization_id: str, visitor: str, view: str, now: datetime) -> bool:
    """Tell whether this view, the first of some day, is the visitor's first of the code.

    `visitor` names visitor and code, `view` the view. Whoever asks first is the first, in whatever
    order days are counted, and is told the same whenever it asks again: so this may be asked
    before the counting that claims the view. One item, 2 write units; 2 more for a visitor who
    was here before, who is remembered for longer. Raises Contention.
    """
    key = ids.key(organization_id, "visitor", visitor)
    item = FirstView(key, view=view, expires=now + KEPT)
    gone = FirstView.key.does_not_exist() | (FirstView.expires <= now)
    transaction = Transaction()
    transaction.put(item, gone, _Seen())
    try:
        transaction.commit()
    except _Seen as seen:
        if seen.current.view == view:
            return True
        _remember(FirstView(key, view=seen.current.view, expires=now + KEPT))
        return False
    return True


def _remember(item: FirstView) -> None:
    transaction = Transaction()
    transaction.put(item)
    transaction.commit()
