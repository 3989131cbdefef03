"""The two owners of a promotion's rewards, and what the ledger's checks know of them (D10)."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sluice.invitations.rules.lists import Known
from sluice.invitations.store import people
from sluice.rewards.rules import Grant, checks
from sluice.rewards.rules.checks import NO_CHECKS, Facts, Verdict
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import limits
from sluice.shared.fields import NAME


def owner_of(user_id: str, person_key: str) -> str:
    """Return whose account of the ledger a reward goes to: a customer's, never a member's."""
    named = f"user:{user_id}"
    return named if re.fullmatch(NAME, named) else f"user:{person_key}"


def judge_of(
    organization_id: str, given: Sequence[Grant], sides: Sequence[Known], now: datetime
) -> Callable[[Programme | None], Sequence[Verdict]]:
    """Return what makes a programme's checks of both sides.

    A read for each velocity, and for each identity where duplicate accounts are looked for. The
    blacklist is no fact here: it is a condition of the transaction.
    """

    def judge(programme: Programme | None) -> Sequence[Verdict]:
        if programme is None or programme.checks == NO_CHECKS:
            return [checks.PASSED] * len(given)
        return [
            checks.judge(
                programme.checks,
                grant.owner_id,
                Facts(
                    identities=frozenset(own.keys),
                    other_identities=frozenset(other.keys),
                    blacklisted=False,
                    bound_to=_bound_to(organization_id, programme, own),
                    recent=limits.recent(organization_id, programme, grant.owner_id, now),
                ),
            )
            for grant, own, other in zip(given, sides, reversed(sides), strict=True)
        ]

    return judge


def _bound_to(organization_id: str, programme: Programme, own: Known) -> frozenset[str] | None:
    if not programme.checks.duplicate_account:
        return None
    users = {key: people.find_user(organization_id, key) for key in own.keys}
    return frozenset(owner_of(user_id, key) for key, user_id in users.items() if user_id)
