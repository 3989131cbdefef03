"""Erasure of a user: everything personal that pushes have of them (E7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pynamodb.expressions.operand import Path

from sluice.push.recipient_tables import Recipient, RecipientItem
from sluice.push.refusals import RecipientChanged
from sluice.push.rules.runs import KEPT
from sluice.push.store import recipients
from sluice.push.tables import BehaviourItem, SandboxMessage
from sluice.shared import clock, guard, ids
from sluice.shared.errors import Contention
from sluice.shared.table import Moment

BATCH = 50  # items in a transaction
MAX_TRIES = 5
BUDGET = timedelta(seconds=20)  # of a function's 29

type _Personal = RecipientItem | BehaviourItem | SandboxMessage

_PERSONAL: Sequence[type[_Personal]] = (RecipientItem, BehaviourItem, SandboxMessage)


def erase(
    organization_id: str, user_id: str, now: datetime, *, asked_at: datetime | None = None
) -> None:
    """Delete what is known of a user: the recipient first, so that nothing more is sent.

    Nor is it by what was ordered before and names the user, such as the batches of a run: a mark
    says so for as long as those are kept. `asked_at`, of an erasure that comes late: what is later
    stays, and so does who was put since. One read, one transaction; then for each 50 items a query
    and a transaction (2 write units each). Raises Contention where that takes too long: what is
    gone stays gone, ask again.
    """
    _erase_recipient(organization_id, user_id, now, asked_at)
    ends = clock.now() + BUDGET
    for model in _PERSONAL:
        while found := _some(model, ids.key(organization_id, user_id), asked_at):
            if clock.now() > ends:
                raise Contention("There is more to erase: ask again.")
            transaction = guard.Transaction()
            for item in found:
                transaction.erase(item)
            transaction.commit()


def _erase_recipient(
    organization_id: str, user_id: str, now: datetime, asked_at: datetime | None
) -> None:
    """Leave the mark of an erasure in the recipient's place, of a user unknown until now too.

    Who was put since then stays, with the mark: what was ordered before goes to nobody.
    """
    for _ in guard.attempts(MAX_TRIES):
        found = recipients.find_recipient(organization_id, user_id)
        is_back = False
        if found and asked_at:  # now, whoever is there is erased, whatever other clocks say
            before, put_at = _times(found)
            if before is not None and before >= asked_at:
                return
            is_back = put_at is not None and put_at > asked_at
        known = recipients.person_of(found) is not None
        mark = Recipient(
            ids.key(organization_id, user_id),
            recipients.RECIPIENT,
            organization_id=organization_id,
            user_id=user_id,
            version=int(found.version) + known if found else 1,
            updated_at=now,
            erased_at=asked_at or now,
        )
        if found is not None and is_back:
            mark.person, mark.put_at = found.person, found.put_at
        else:
            mark.expires = now + KEPT
        transaction = guard.Transaction()
        transaction.put(mark, recipients.unchanged(found), RecipientChanged())
        if found is not None and known and not is_back:
            recipients.forget_index(transaction, found)
            recipients.tell(transaction, found, "recipient.erased.v1", {}, now)
        try:
            transaction.commit()
        except RecipientChanged:
            continue
        return


def _times(found: Recipient) -> tuple[datetime | None, datetime | None]:
    """Return when a user was erased and put, the last time each."""
    return found.erased_at, found.put_at


def _some(model: type[_Personal], key: str, until: datetime | None) -> list[_Personal]:
    """Return some of a user's items, without the mark, which sorts behind all others.

    `until`: only what was then; an item's time is never written anew.
    """
    older = None
    if until is not None:
        at, text = Path("at"), Moment().serialize(until)
        older = at.does_not_exist() | (at <= text)
    found = model.query(key, filter_condition=older, limit=BATCH, consistent_read=True)
    return [item for item in found if not isinstance(item, Recipient)]
