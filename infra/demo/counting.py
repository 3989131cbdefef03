"""Step 7: statistics, compared with what the demo counted itself (A8)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from infra.demo.tally import SEEN

if TYPE_CHECKING:
    from infra.demo.opening import Organization
    from infra.demo.story import Story
    from infra.demo.tally import Tally

type Rows = dict[str, dict[str, int]]

LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.2
DIMENSIONS = ("channels", "referrers", "codes")


def count(story: Story, organization: Organization, tally: Tally) -> None:
    """Show the statistics of channels, referrers and codes; each must equal the recount."""
    story.step("Statistics equal a recount of what happened")
    for dimension in DIMENSIONS:
        recount = _recount(tally, dimension)
        found = _settled(organization, dimension, recount)
        columns = list(next(iter(recount.values())))
        story.table(
            (dimension, *columns),
            [(name, *(row[c] for c in columns)) for name, row in found.items()],
        )
        story.expect(
            found == recount,
            f"after {LIMIT_SECONDS:.0f} s the statistics of {dimension} are not {recount}",
            "exactly what the demo counted itself",
        )


def _settled(organization: Organization, dimension: str, recount: Rows) -> Rows:
    """Read until the streams have caught up, a minute at most."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        found = _statistics(organization, dimension)
        if found == recount or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def _recount(tally: Tally, dimension: str) -> Rows:
    rows = tally.recount(dimension)
    if dimension == "codes":
        for code, row in rows.items():
            row |= {"views": tally.views[code], "visitors": tally.views[code]}
    return rows


def _statistics(organization: Organization, dimension: str) -> Rows:
    path = f"{organization.path}/statistics/{dimension}"
    rows = organization.operator.get(path).expect(200).json["rows"]
    wanted = (*SEEN, "views", "visitors") if dimension == "codes" else SEEN
    return {row["id"]: {name: row[name] for name in wanted} for row in rows}
