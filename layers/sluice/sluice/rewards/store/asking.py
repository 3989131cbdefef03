"""One reward as its programme's settings say: read, checked, granted."""

from collections.abc import Sequence
from datetime import datetime

from sluice.rewards.rules import Grant, Standing, checks
from sluice.rewards.rules.checks import NO_CHECKS, Verdict
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import facts, grants, programmes
from sluice.shared.claims import Claim
from sluice.shared.guard import MAX_ATTEMPTS


def ask(
    organization_id: str,
    given: Grant,
    now: datetime,
    claim: Claim | None = None,
    *,
    attempts: int = MAX_ATTEMPTS,
) -> tuple[Standing, bool]:
    """Grant a reward by its programme's settings; tells whether it was granted now.

    One read for the settings, one for each velocity, then `grants.grant`. Nobody here knows
    identities or a blacklist, so a programme that checks them holds such a reward. Raises as
    `grants.grant`.
    """
    programme = programmes.find_programme(organization_id, given.programme)

    def judge(programme: Programme | None) -> Sequence[Verdict]:
        if programme is None or programme.checks == NO_CHECKS:
            return [checks.PASSED]
        known = facts.gather(organization_id, programme, given.owner_id, now)
        return [checks.judge(programme.checks, given.owner_id, known)]

    return grants.grant(
        organization_id, given, now, claim, attempts=attempts, programme=programme, judge=judge
    )
