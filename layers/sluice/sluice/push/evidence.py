"""The user's behaviour since a push began, judged (E4)."""

from sluice.push.rules import judging
from sluice.push.rules.judging import Facts, Finding
from sluice.push.store.behaviours import behaviours_since
from sluice.push.store.held import Held


def judge(held: Held) -> tuple[Facts, Finding] | None:
    """Return what the user's behaviour proves of which attempt: one query, or none.

    None where nothing was sent, where no behaviour counts, or where it proves nothing new.
    """
    if not any(attempt.may_have_left for attempt in held.chain.attempts):
        return None
    found = behaviours_since(
        held.push.organization_id,
        held.push.user_id,
        held.attempts[0].created_at,
        held.plan.behaviours,
    )
    return judging.judge_behaviour(
        held.chain.attempts, found, held.plan.behaviours, held.plan.content.content_id
    )
