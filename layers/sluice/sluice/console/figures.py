"""What was counted on each of some days, as charts and tables of pages need it (A8)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sluice.console.api import Api, Asked

COUNTED = ("views", "visitors", "joins", "connections", "losses", "releases")
MAX_PAGES = 5  # of an organisation's days: 50,000 rows of codes


def asked(dimension: str, first: date, last: date, subject: str = "") -> Asked:
    """Return the call for the days of a dimension: of all of it, or of one subject."""
    days = {"from": first.isoformat(), "to": last.isoformat()}
    return ("statistics", dimension), {**days, "by": "day", "id": subject}


def days(
    api: Api, wanted: Asked, answer: Mapping[str, Any], first: date, last: date
) -> list[dict[str, Any]]:
    """Return a row for each day, also where nothing was counted, from an answer and what follows.

    A day that is in two answers is the sum of both.
    """
    path, query = wanted
    rows = list(answer["rows"])
    for _ in range(MAX_PAGES - 1):
        if not answer.get("next_cursor"):
            break
        answer = api.get(*path, **query, cursor=answer["next_cursor"])
        rows += answer["rows"]
    made = {
        (first + timedelta(days=n)).isoformat(): dict.fromkeys(COUNTED, 0)
        for n in range((last - first).days + 1)
    }
    for row in rows:
        for name in COUNTED:
            made[row["day"]][name] += row[name]
    return [{"day": day, **counted} for day, counted in made.items()]


def sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return what was counted on all of the days together."""
    return {name: sum(row[name] for row in rows) for name in COUNTED}
