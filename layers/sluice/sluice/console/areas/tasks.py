"""A promoter's tasks: what to promote and what it earns, the own link, sharing it (D2 to D4)."""

import uuid
from typing import Any

from sluice.console.pages import PROMOTERS, Result, Visit, page
from sluice.push.rules.courtesy import TRANSACTIONAL
from sluice.shared import errors

ORDERS = ("overall", "own", "combined")
_LISTED = 100  # strategies to send by
_PAGES = 5  # of 100 tasks, to find one of them


@page("tasks", roles=PROMOTERS)
def show_all(visit: Visit) -> Result:
    """Show the tasks in one of the three orders."""
    order = visit.query.get("order", "")
    answer = visit.api.get(
        *("promoters", visit.member_id, "tasks"),
        order=order if order in ORDERS else ORDERS[0],
        limit=20,
        cursor=visit.query.get("cursor"),
    )
    return visit.show("tasks/list.html", answer=answer, order=order or ORDERS[0])


@page("tasks/{offer_id}", roles=PROMOTERS)
def show(visit: Visit) -> Result:
    """Show a task, with the promoter's own link once they asked for it, and ways to send it."""
    task = _task(visit)
    found = visit.api.get("strategies", limit=_LISTED)["items"] if task.get("url") else []
    ids = [each["strategy_id"] for each in found if each["purpose"] != TRANSACTIONAL]
    return visit.show(
        "tasks/one.html", task=task, key=uuid.uuid4, strategies=[(each, each) for each in ids]
    )


@page("tasks/{offer_id}", roles=PROMOTERS, method="POST")
def share(visit: Visit) -> Result:
    """Ask for the link; send it through the push chain; or note that it was shared by hand."""
    form, offer_id = visit.form, visit.path["offer_id"]
    task = ("promoters", visit.member_id, "tasks", offer_id)
    if form.text("action") == "link":
        visit.api.post(*task, "link", key=form.text("key"))
        return visit.go("tasks", offer_id)
    body = form.given(
        channel_type=form.text("channel_type"),
        user_id=form.text("user_id"),
        strategy_id=form.text("strategy_id"),
        title=form.text("title"),
        body=form.text("body"),
    )
    answer = visit.api.post(*task, "shares", body=body, key=form.text("key"))
    return visit.go("tasks", offer_id, done="sent" if answer.get("push_id") else "shared")


def _task(visit: Visit) -> dict[str, Any]:
    offer_id = visit.path["offer_id"]
    tasks = visit.api.get_all("promoters", visit.member_id, "tasks", pages=_PAGES, limit=100)
    for task in tasks:
        if task["offer_id"] == offer_id:
            return dict(task)
    raise errors.NotFound("This offer is no task of yours now.")
