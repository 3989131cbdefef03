"""Schedule, every minute: members of campaigns get codes and notices, what is over ends (B1, B5).

4 queries of the index of what is due. Of a campaign 3 reads, and for each page of 50 members 2 with
a write; a member who is new is a transaction of 5 items, a change of 3. At most 20 pages of a
campaign in a run, the next goes on there. Begins nothing in the last 15 seconds of its time.
"""

from sluice.campaigns.store import tending
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Bring in line what is due."""
    tending.sweep(clock.now(), until)
