"""Pushes to one user: found by the user, shown as a timeline, started and cancelled (E2, E7)."""

from typing import Any

from sluice.console import messages
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.console.pictures.spans import axis_of


@page("pushes", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a user's pushes, the newest first; one call, none before somebody is named."""
    user_id = visit.query.get("user_id", "").strip()
    answer: dict[str, Any] = {"items": []}
    if user_id:
        answer = visit.api.get("pushes", user_id=user_id, cursor=visit.query.get("cursor"))
    return visit.show("pushes/list.html", answer=answer, user_id=user_id)


@page("pushes/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask whom to tell what, by which strategy."""
    return visit.show("pushes/new.html", **messages.offered(visit.api))


@page("pushes/new", roles=OPERATORS, method="POST")
def start(visit: Visit) -> Result:
    """Start a push; the same form sent twice starts one."""
    form = visit.form
    body = {
        "strategy_id": form.text("strategy_id"),
        "user_id": form.text("user_id"),
        **messages.said(form),
    }
    started = visit.api.post("pushes", body=body, key=form.text("key"))
    return visit.go("pushes", started["push_id"], done="started")


@page("pushes/{push_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show what happened to a push."""
    push = visit.api.get("pushes", visit.path["push_id"])
    return visit.show("pushes/show.html", push=push, axis=axis_of(push, visit.now))


@page("pushes/{push_id}", roles=OPERATORS, method="POST")
def cancel(visit: Visit) -> Result:
    """Send nothing more for a push."""
    visit.api.delete("pushes", visit.path["push_id"])
    return visit.go("pushes", visit.path["push_id"], done="cancelled")
