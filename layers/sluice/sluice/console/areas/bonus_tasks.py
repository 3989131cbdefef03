"""A promoter's bonus tasks: what is offered, what runs and how far it is, what was earned (D6)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sluice.console.pages import PROMOTERS, Result, Visit, page

OFFERED, RUNNING = ("offered",), ("accepted", "uncompleted")
_HOUR = timedelta(hours=1)


@page("bonus-tasks", roles=PROMOTERS)
def show_all(visit: Visit) -> Result:
    """Show bonus tasks: to accept, running, and those that are over."""
    own = ("promoters", visit.member_id)
    answer, tasks = visit.api.gather(
        ((*own, "bonus-tasks"), {"limit": 100, "cursor": visit.query.get("cursor")}),
        ((*own, "tasks"), {"limit": 100}),
    )
    items, known = answer["items"], (tasks or {}).get("items", ())
    shown = (*OFFERED, *RUNNING)
    return visit.show(
        "bonus_tasks/list.html",
        answer=answer,
        offered=[each for each in items if each["state"] in OFFERED],
        running=sorted(
            (each for each in items if each["state"] in RUNNING),
            key=lambda each: each.get("deadline_at", ""),
        ),
        over=[each for each in items if each["state"] not in shown],
        products={task["offer_id"]: task["product"]["name"] for task in known},
        left=_left(visit),
    )


@page("bonus-tasks", roles=PROMOTERS, method="POST")
def accept(visit: Visit) -> Result:
    """Accept a bonus task: from now on it counts."""
    body = {
        "offer_id": visit.form.text("offer_id"),
        "channel_type": visit.form.text("channel_type"),
    }
    visit.api.post("promoters", visit.member_id, "bonus-tasks", body=body)
    return visit.go("bonus-tasks", done="accepted")


def _left(visit: Visit) -> Callable[[Any], str]:
    """Return what tells how long it is until a time."""

    def left(deadline: Any) -> str:
        time = datetime.fromisoformat(str(deadline)) - visit.now
        if time <= timedelta(0):
            return visit.say("Time is up")
        if time.days >= 1:
            return visit.say("{days} days left", days=time.days)
        if time >= _HOUR:
            return visit.say("{hours} hours left", hours=time // _HOUR)
        return visit.say("Less than an hour left")

    return left
