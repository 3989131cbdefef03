"""Task SendBatch of a run: send the first message to each user of a batch, once (E8).

Three reads, and one of the run for each 10 users: a paused or cancelled run sends nothing more,
and the batch is left pending. Each user: a transaction of 2 items (4 write units, 2 for each
further KiB of the plan), what PushStep takes for a message, one query; no execution, unless the
message was refused. By a template a read more, and one for each user. At the end a transaction of
3 items (4, and 2 for each KiB of the users, who are forgotten). Repeated, it sends nothing twice.
"""

from sluice.push.runs import sending as run_sending
from sluice.shared import events, telemetry


@events.state(run_sending.BatchTask)
def handler(task: run_sending.BatchTask, until: float) -> bool:
    """Send one batch of one run."""
    telemetry.note(run_id=task.run_id)
    return run_sending.send_batch(task, until)
