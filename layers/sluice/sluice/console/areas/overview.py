"""The first page of an operator: what happens today, how full the pool is, what needs a hand."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sluice.console import figures
from sluice.console.pages import OPERATORS, Result, Visit, page

DAYS = 14
_NEAREST = 6  # channels that are nearest to their caps
_ALARMS = 20
_WAITING = 100  # more than these are not counted here
_STRATEGIES = 50
_PUSHED = ("pushes", "running", "reached", "unreached")


@page("overview", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show today, the last two weeks, loads, open alarms and today's pushes: five calls at once."""
    first, today = visit.today - timedelta(days=DAYS - 1), visit.today
    wanted = figures.asked("organization", first, today)
    pushed = {"from": today.isoformat(), "to": today.isoformat(), "limit": _STRATEGIES}
    counted, pool, alarms, waiting, strategies = visit.api.gather(
        wanted,
        (("pool",), {"limit": _NEAREST}),
        (("alarms",), {"status": "open", "limit": _ALARMS}),
        (("waiting",), {"limit": _WAITING}),
        (("statistics", "strategies"), pushed),
    )
    rows = figures.days(visit.api, wanted, counted, first, today)
    return visit.show(
        "overview/overview.html",
        rows=rows,
        now=rows[-1],
        before=rows[-2],
        pool=pool,
        taken=sum(kind["held"] for kind in pool["kinds"]),
        places=sum(kind["cap"] for kind in pool["kinds"]),
        alarms=alarms,
        waiting=f"{len(waiting['items'])}{'+' if waiting.get('next_cursor') else ''}",
        pushed=_pushed(strategies),
    )


def _pushed(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the strategies' pushes of a day come to, their cost by currency."""
    costs: dict[str, int] = defaultdict(int)
    for row in answer["rows"]:
        for total in row["totals"]:
            costs[total["currency"]] += total["cost_micros"]
    counts = {name: sum(row[name] for row in answer["rows"]) for name in _PUSHED}
    return {**counts, "costs": dict(costs), "is_part": "next_cursor" in answer}
