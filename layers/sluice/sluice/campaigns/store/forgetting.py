"""Erasure: what a person wrote when they signed up goes, the signup stays without it (C6, B4)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sluice.campaigns.refusals import SignupMoved
from sluice.campaigns.rules import feedback
from sluice.campaigns.store import campaigns, signups
from sluice.campaigns.store.judgements import history_of
from sluice.campaigns.tables import Answers, PersonSignup, Signup
from sluice.shared import guard
from sluice.shared.guard import Transaction

BATCH = 50  # signups of a query
MAX_TRIES = 5


def forget(organization_id: str, person_keys: Sequence[str], erased_at: datetime) -> None:
    """Erase what people answered who are known by these keys, and the notes to their signups.

    Only what is no later than the erasure: this may be asked for long after it, of somebody who
    came back. For each key a query for each 50 signups, and for each of these a read and a
    transaction of 3 items. Safe to repeat. Raises Contention.
    """
    for key in person_keys:
        place, last = signups.person_place(organization_id, key), None
        while True:
            page = PersonSignup.query(
                place, limit=BATCH, consistent_read=True, last_evaluated_key=last
            )
            for item in page:
                if item.at <= erased_at:
                    _forget(organization_id, item, erased_at)
            last = page.last_evaluated_key
            if last is None:
                break


def _forget(organization_id: str, item: PersonSignup, erased_at: datetime) -> None:
    campaign_id, customer_id = item.item.split("#")
    key = campaigns.key_of(organization_id, campaign_id)
    for _ in guard.attempts(MAX_TRIES):
        signup = signups.find(organization_id, campaign_id, customer_id)
        transaction = Transaction()
        transaction.erase(Answers(key, signups.answers_name(customer_id)))
        transaction.erase(PersonSignup(item.key, item.item))
        if signup is not None and signup.history:
            _strip(transaction, signup, erased_at)
        try:
            transaction.commit()
        except SignupMoved:
            continue
        return


def _strip(transaction: Transaction, signup: Signup, erased_at: datetime) -> None:
    history = feedback.without_notes(history_of(signup), erased_at)
    transaction.update(
        Signup(signup.key, signup.item),
        [Signup.history.set(msgspec.to_builtins(history)), Signup.revision.add(1)],
        condition=Signup.revision == signup.revision,
        otherwise=SignupMoved(),
    )
