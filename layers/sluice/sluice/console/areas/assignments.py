"""Assignments: looked for by channel, customer or id; one, and why this channel (A4, A8)."""

from typing import Any

from sluice.console import names
from sluice.console.api import Asked
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

_PAGE = 50


@page("assignments", roles=OPERATORS)
def search(visit: Visit) -> Result:
    """Show assignments of what is looked for: three calls at once."""
    by, what = _looked_for(visit)
    wanted = _wanted(visit, by, what) if what else None
    asked = [names.CHANNELS, names.MEMBERS, *([wanted] if wanted else [])]
    channels, members, *found = visit.api.gather(*asked)
    answer = found[0] if found else None
    if answer is not None and by == "assignment":
        return visit.go("assignments", answer["assignment_id"])
    return visit.show(
        "assignments/search.html",
        by=by,
        what=what,
        answer=answer or {"items": []},
        channels=names.of_channels(channels),
        members=names.of_members(members),
    )


@page("assignments/{assignment_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show an assignment: what happened when, why this channel, what else the customer has."""
    found = visit.api.get("assignments", visit.path["assignment_id"])
    customer, channels, members = visit.api.gather(
        (("customers", found["customer_id"], "assignments"), {}), names.CHANNELS, names.MEMBERS
    )
    return visit.show(
        "assignments/assignment.html",
        found=found,
        steps=_steps(found),
        customer=customer,
        others=[one for one in customer["items"] if one["assignment_id"] != found["assignment_id"]],
        channels=names.of_channels(channels),
        members=names.of_members(members),
    )


def _looked_for(visit: Visit) -> tuple[str, str]:
    query = visit.query
    if query.get("channel_id"):  # as pages of channels link here
        return "channel", query["channel_id"]
    return query.get("by", "channel"), query.get("what", "").strip()


def _wanted(visit: Visit, by: str, what: str) -> Asked:
    """Return the call that finds it. Raises Invalid: unknown way to look."""
    query = visit.query
    status = query.get("status")
    if by == "channel":
        page = {"limit": _PAGE, "cursor": query.get("cursor")}
        return ("assignments",), {"channel_id": what, "status": status, **page}
    if by == "customer":
        return ("customers", what, "assignments"), {}
    if by == "provider":
        account = query.get("account") or "sandbox"
        return ("assignments",), {"account_id": account, "customer_ref": what, "status": status}
    if by == "assignment":
        return ("assignments", what), {}
    raise errors.Invalid("There is no such way to look.", [("by", "unknown")])


def _steps(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what happened to an assignment and when, the first step first."""
    times = ("reserved_at", "connected_at", "lost_at")
    return [(name, found[name]) for name in times if found.get(name)]
