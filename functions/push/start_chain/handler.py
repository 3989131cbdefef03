"""Events push.requested.v1, run.requested.v1: start the execution they ask for, once (E2, E8).

One request to Step Functions: the execution's name is a hash of organisation and push, or of
organisation, run and how often it was set going; its input holds ids and waits. What fails here
is started by RepairWaits, a push a minute later, a run after ten.
"""

import msgspec

from sluice.push import executions
from sluice.shared import events, telemetry

RUN = "run.requested.v1"


class _Requested(msgspec.Struct):
    push_id: str
    waits: list[int]


class _RunRequested(msgspec.Struct):
    run_id: str
    generation: int


@events.consumer
def handler(event: events.Event) -> None:
    """Start the execution, unless it was started before."""
    if event.type == RUN:
        run = msgspec.convert(event.data, _RunRequested)
        started = executions.start_run(event.organization_id, run.run_id, run.generation)
        telemetry.note(run_id=run.run_id, started=started)
        return
    data = msgspec.convert(event.data, _Requested)
    started = executions.start(event.organization_id, data.push_id, data.waits)
    telemetry.note(push_id=data.push_id, started=started)
