"""Erasure: what a person wrote when they signed up goes, the signup stays without it (C6, B4)."""

from collections.abc import Sequence

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


def forget(organization_id: str, person_keys: Sequence[str]) -> None:
    """Erase what people answered who are known by these keys, and the notes to their signups.

    For each key a query for each 50 signups, and for each of these a read and a transaction of 3
    items. Safe to repeat. Raises Contention.
    """
    for key in person_keys:
        place = signups.person_place(organization_id, key)
        while found := list(PersonSignup.query(place, limit=BATCH, consistent_read=True)):
            for item in found:
                _forget(organization_id, item)


def _forget(organization_id: str, item: PersonSignup) -> None:
    campaign_id, customer_id = item.item.split("#")
    key = campaigns.key_of(organization_id, campaign_id)
    for _ in guard.attempts(MAX_TRIES):
        signup = signups.find(organization_id, campaign_id, customer_id)
        transaction = Transaction()
        transaction.erase(Answers(key, signups.answers_name(customer_id)))
        transaction.erase(PersonSignup(item.key, item.item))
        if signup is not None and signup.history:
            _strip(transaction, signup)
        try:
            transaction.commit()
        except SignupMoved:
            continue
        return


def _strip(transaction: Transaction, signup: Signup) -> None:
    history = feedback.without_notes(history_of(signup))
    transaction.update(
        Signup(signup.key, signup.item),
        [Signup.history.set(msgspec.to_builtins(history)), Signup.revision.add(1)],
        condition=Signup.revision == signup.revision,
        otherwise=SignupMoved(),
    )
