"""Runs as operators see them (E8)."""

from datetime import datetime

import msgspec

from sluice.push import uploads
from sluice.push.rules.audiences import Reject
from sluice.push.rules.runs import Outcome, Status
from sluice.push.run_tables import Run, RunCounts
from sluice.push.store import runs
from sluice.shared.http import View


class RejectView(View):
    """A line of the list that is no user; the list's first line is 1."""

    line: int
    reason: str


class ProgressView(View):
    """What became of the first messages to the users of the batches done."""

    batches: int
    sent: int
    refused: int  # surely not sent; these went on to the next channel
    unsure: int  # may have been sent
    waiting: int  # begun, and sent later
    withheld: int
    repeated: int  # named before in the same audience
    failed: int


class RunView(View):
    """A run; `users` and `batches` grow until it is `prepared`."""

    run_id: str
    strategy_id: str
    strategy_version: int
    status: str
    created_at: datetime
    prepared: bool
    users: int
    batches: int
    repeated: int
    rejected: int
    rejects: list[RejectView]
    progress: ProgressView
    template_id: str | None = None
    ended_at: datetime | None = None
    why: str | None = None
    upload_url: str | None = None


class RunLine(View):
    """A run in the list."""

    run_id: str
    strategy_id: str
    status: str
    users: int
    created_at: datetime


def view_of(run: Run, counts: list[RunCounts]) -> RunView:
    """Return the view of a run, with the sums of its counters."""
    rejects = msgspec.json.decode(run.rejects or "[]", type=list[Reject])
    order = runs.order_of(run)
    sums = {outcome.value: _sum(counts, outcome.value) for outcome in Outcome}
    return RunView(
        run_id=run.run_id,
        strategy_id=run.strategy_id,
        strategy_version=int(run.strategy_version),
        status=run.status,
        created_at=run.created_at,
        prepared=bool(run.prepared),
        users=int(run.users),
        batches=int(run.batches),
        repeated=int(run.repeated),
        rejected=int(run.rejected),
        rejects=[RejectView(line=one.line, reason=one.reason) for one in rejects],
        progress=ProgressView(batches=_sum(counts, "batches"), **sums),
        template_id=order.template_id,
        ended_at=run.ended_at,
        why=run.why,
        upload_url=upload_url(run),
    )


def _sum(counts: list[RunCounts], name: str) -> int:
    return sum(int(getattr(shard, name)) for shard in counts)


def upload_url(run: Run) -> str | None:
    """Return where the list of a run is to be PUT; None where it waits for none."""
    audience = runs.order_of(run).audience
    begun = run.prepared or run.batches
    waits = run.status in {Status.UPLOADING, Status.STUCK} and not begun
    if not waits or audience.format is None or audience.size_bytes is None:
        return None
    return uploads.sign_upload(
        run.organization_id, run.run_id, audience.format, audience.size_bytes
    )


def line_of(run: Run) -> RunLine:
    """Return a run as the list shows it."""
    return RunLine(
        run_id=run.run_id,
        strategy_id=run.strategy_id,
        status=run.status,
        users=int(run.users),
        created_at=run.created_at,
    )
