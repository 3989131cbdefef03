"""Runs: pushes to many users, how far they are, paused, resumed, cancelled (E8)."""

from typing import Any

from sluice.console import messages
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

_SHOWN = 8  # of the list: each is read for its progress


@page("runs", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of runs with their progress: a call, and one for each at the same time."""
    answer = visit.api.get("runs", limit=_SHOWN, cursor=visit.query.get("cursor"))
    found = visit.api.gather(*((("runs", line["run_id"]), {}) for line in answer["items"]))
    return visit.show("runs/list.html", answer=answer, runs=[run for run in found if run])


@page("runs/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask whom to tell what, by which strategy."""
    return visit.show("runs/new.html", **messages.offered(visit.api))


@page("runs/new", roles=OPERATORS, method="POST")
def start(visit: Visit) -> Result:
    """Start a run; the same form sent twice starts one."""
    form = visit.form
    body = {
        "strategy_id": form.text("strategy_id"),
        "audience": _audience(visit),
        **messages.said(form),
    }
    started = visit.api.post("runs", body=body, key=form.text("key"))
    return visit.go("runs", started["run_id"], done="started")


@page("runs/{run_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show how far a run is."""
    return visit.show("runs/show.html", run=visit.api.get("runs", visit.path["run_id"]))


@page("runs/{run_id}", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Pause, resume or cancel a run."""
    run_id = visit.path["run_id"]
    visit.api.put("runs", run_id, body={"status": visit.form.text("status")})
    return visit.go("runs", run_id, done="saved")


def _audience(visit: Visit) -> dict[str, Any]:
    """Return who is told: those with a tag, or those named."""
    tag, users = visit.form.text("audience.tag"), visit.form.lines("audience.user_ids")
    if bool(tag) == bool(users):
        reason = "a tag or users, one of them"
        raise errors.Invalid("Name a tag or users, not both.", [("audience.tag", reason)])
    return {"tag": tag} if tag else {"user_ids": users}
