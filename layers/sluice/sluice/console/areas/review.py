"""Rewards that a check held: who gets what for what, why it was held, the decision (D10)."""

from sluice.console.api import ApiProblem
from sluice.console.pages import OPERATORS, Result, Visit, page

_DECIDED_BEFORE = "reward-not-held"


@page("review", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show what waits for a decision, the oldest first; or all rewards of an owner."""
    query = visit.query
    owner_id = query.get("owner_id", "")
    state = "" if owner_id else "held"
    answer = visit.api.get(
        "rewards", owner_id=owner_id, state=state, limit=20, cursor=query.get("cursor")
    )
    return visit.show("review/list.html", answer=answer, owner_id=owner_id)


@page("review", roles=OPERATORS, method="POST")
def decide(visit: Visit) -> Result:
    """Approve, reject or reverse; what somebody decided before is shown as it was decided."""
    form = visit.form
    body = {"decision": form.text("decision"), "reason": form.text("reason")}
    owner_id = form.text("owner_id")
    try:
        decided = visit.api.post("rewards", form.text("reward_id"), "decision", body=body)
    except ApiProblem as problem:
        if problem.kind != _DECIDED_BEFORE or not owner_id:
            raise
        return visit.go("review", owner_id=owner_id, done="decided-before")
    if form.text("back") == "queue":
        return visit.go("review", done="decided")
    return visit.go("review", owner_id=decided["owner_id"], done="decided")
