"""Erasure of a user: everything personal that pushes have of them (E7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sluice.push.recipient_tables import Recipient, RecipientItem
from sluice.push.refusals import RecipientChanged
from sluice.push.store import recipients
from sluice.push.tables import BehaviourItem, SandboxMessage
from sluice.shared import clock, guard, ids
from sluice.shared.errors import Contention
from sluice.shared.table import Table

BATCH = 50  # items in a transaction
MAX_TRIES = 5
BUDGET = timedelta(seconds=20)  # of a function's 29
_PERSONAL: Sequence[type[RecipientItem | BehaviourItem | SandboxMessage]] = (
    RecipientItem,
    BehaviourItem,
    SandboxMessage,
)


def erase(organization_id: str, user_id: str, now: datetime) -> None:
    """Delete what is known of a user: the recipient first, so that nothing more is sent.

    One read, one transaction; then for each 50 items a query and a transaction (2 write units
    each). Raises Contention where that takes too long: what is gone stays gone, ask again.
    """
    _erase_recipient(organization_id, user_id, now)
    ends = clock.now() + BUDGET
    for model in _PERSONAL:
        while found := _some(model, ids.key(organization_id, user_id)):
            if clock.now() > ends:
                raise Contention("There is more to erase: ask again.")
            transaction = guard.Transaction()
            for item in found:
                transaction.erase(item)
            transaction.commit()


def _erase_recipient(organization_id: str, user_id: str, now: datetime) -> None:
    for _ in guard.attempts(MAX_TRIES):
        found = recipients.find_recipient(organization_id, user_id)
        if found is None:
            return
        transaction = guard.Transaction()
        condition = Recipient.version == int(found.version)
        transaction.delete(found, condition=condition, otherwise=RecipientChanged())
        recipients.forget_index(transaction, found)
        recipients.tell(transaction, found, "recipient.erased.v1", {}, now)
        try:
            transaction.commit()
        except RecipientChanged:
            continue
        return


def _some(model: type[Table], key: str) -> list[Table]:
    return list(model.query(key, limit=BATCH, consistent_read=True))
