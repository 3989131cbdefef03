"""Stream of pushes: count what each change cost and brought, once (E6).

Changes of an organisation share transactions: 2 write units for each change that counts and for
each row of figures it touches. Most writes of a push count for nothing and cost nothing here.
"""

from collections import defaultdict
from collections.abc import Sequence

from sluice.push.rules.figures import Counts
from sluice.push.store import figures
from sluice.shared import clock, events


@events.changes_without("task_token")
def handler(changes: Sequence[events.Change]) -> None:
    """Count a batch of changes."""
    by_organization: dict[str, dict[str, Counts]] = defaultdict(dict)
    for change in changes:
        if (found := figures.of_change(change)) is not None:
            organization_id, name, counts = found
            by_organization[organization_id][name] = counts
    for organization_id, named in by_organization.items():
        figures.count(organization_id, named, clock.now())
