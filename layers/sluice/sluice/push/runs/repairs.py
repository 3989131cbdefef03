"""The sweeper of runs (E8): one whose execution was lost, or never started, is set going again."""

from datetime import datetime

from sluice.push import executions
from sluice.push.rules.runs import MAX_ROUNDS, Status
from sluice.push.run_tables import Run, RunItem
from sluice.push.store import runs
from sluice.shared import sweeping, telemetry

LOST = "its execution ended again and again"


def repair_overdue(now: datetime, until: float) -> None:
    """Look after every running run, every ten minutes: `sweeping.sweep`.

    `until` is on the monotonic clock, in seconds. Each run: a read, a request to Step Functions
    and one write, or a transaction of 2 items.
    """

    def work(found: RunItem) -> str:
        organization_id, run_id = found.key.split("#")
        run = runs.find_run(organization_id, run_id)
        return "gone" if run is None else repair(run, now)

    done = sweeping.sweep(runs.OVERDUE, work, now, until)
    telemetry.note(runs_swept=dict(done))


def repair(run: Run, now: datetime) -> str:
    """Look after one run; returns what was done. Where it moved meanwhile, that was enough."""
    if run.status != Status.RUNNING:
        runs.update(run, runs.NOT_DUE)
        return "over"
    if executions.run_is_going(run.organization_id, run.run_id, int(run.generation)):
        runs.update(run, runs.due_in(run, now))
        return "wait"
    rounds = int(run.rounds) + 1  # those of a run that only dies are counted too
    if rounds > MAX_ROUNDS:
        changes = {"ended_at": now, "why": LOST} | runs.NOT_DUE
        runs.change(run, changes, Status.STUCK, now)
        return "stuck"
    going = {"generation": int(run.generation) + 1, "rounds": rounds} | runs.due_in(run, now)
    runs.change(run, going, Status.RUNNING, now)
    return "start"
