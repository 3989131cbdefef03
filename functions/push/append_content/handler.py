"""Event content.added.v1: give a version of content its place in the hash chain, once (E9).

One read and one transaction of 3 items: 8 write units, 2 for each further KiB of the words; again
where another version took the place.
"""

import msgspec

from sluice.push.store import contents
from sluice.shared import events


class _Added(msgspec.Struct):
    version: str


@events.consumer
def handler(event: events.Event) -> None:
    """Append the version, unless it has its place."""
    added = msgspec.convert(event.data, _Added)
    contents.append(event.organization_id, added.version, event.occurred_at)
