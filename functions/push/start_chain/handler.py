"""Event push.requested.v1: start the push's execution, once however often the event comes (E2).

One request to Step Functions: the execution's name is a hash of organisation and push, its input
holds ids and waits. What fails here is started by RepairWaits a minute later.
"""

import msgspec

from sluice.push import executions
from sluice.shared import events, telemetry


class _Requested(msgspec.Struct):
    push_id: str
    waits: list[int]


@events.consumer
def handler(event: events.Event) -> None:
    """Start the execution, unless it was started before."""
    data = msgspec.convert(event.data, _Requested)
    started = executions.start(event.organization_id, data.push_id, data.waits)
    telemetry.note(push_id=data.push_id, started=started)
