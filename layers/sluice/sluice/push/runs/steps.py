"""What the execution of a run does between rounds of sending: prepare, look, finish (E8)."""

import time
from datetime import datetime
from typing import Any

import msgspec

from sluice.push.rules import runs as rules
from sluice.push.rules.audiences import MAX_REJECTS, MAX_USERS, ListError, Reject, pack
from sluice.push.rules.runs import Advance, Status
from sluice.push.run_tables import Run
from sluice.push.runs.audiences import Portion, read_portion
from sluice.push.store import runs
from sluice.push.store.run_batches import pending_batches, put_batch
from sluice.shared import guard, telemetry

LONGEST_WAIT_SECONDS = 300
TOO_MANY = f"over {MAX_USERS:,} users: the rest was not read"
MAX_LOOKS = 1000  # portions of one call


class RunTask(msgspec.Struct, frozen=True):
    """The input of the state `Advance` in infra/push_run.asl.yaml."""

    organization_id: str
    run_id: str
    generation: int


class Next(msgspec.Struct, frozen=True):
    """What the execution does now; the input of what follows."""

    organization_id: str
    run_id: str
    generation: int
    next: Advance
    batches: list[int] = []
    wait_seconds: int = 0  # before they are sent: rounds that failed come at growing distances


def advance(task: RunTask, now: datetime, until: float) -> Next:
    """Bring a run on by what is left: read its audience, name what is to be sent, finish.

    `until` is on the monotonic clock, in seconds. One read; for each 2,000 users a request and a
    transaction of at most 60 items; then the queries of what is pending, and one write.
    """
    for _ in range(MAX_LOOKS):
        run = runs.find_run(task.organization_id, task.run_id)
        if run is None:
            return _next(task, Advance.END)
        pending = pending_batches(run) if run.prepared else []
        step = rules.advance(runs.going(run, now), task.generation, len(pending))
        telemetry.note(step=step.value, pending=len(pending))
        if step is not Advance.PREPARE:
            if _leave(run, step, pending, now):
                return _next(task, step, pending, int(run.rounds))
        elif time.monotonic() > until:
            break
        else:
            _prepare(run, now)
    return _next(task, Advance.PREPARE)


def _next(task: RunTask, step: Advance, pending: list[int] | None = None, rounds: int = 0) -> Next:
    sends = step is Advance.SEND
    return Next(
        task.organization_id,
        task.run_id,
        task.generation,
        next=step,
        batches=(pending or []) if sends else [],
        wait_seconds=min(LONGEST_WAIT_SECONDS, 2**rounds) if sends and rounds > 1 else 0,
    )


def _leave(run: Run, step: Advance, pending: list[int], now: datetime) -> bool:
    """Write what a step means for the run; False when it changed meanwhile: look again."""
    match step:
        case Advance.SEND:
            return runs.update(run, {"rounds": int(run.rounds) + 1} | runs.due_in(run, now))
        case Advance.FINISH:
            return _end(run, Status.FINISHED, None, now)
        case Advance.STOP:
            failed = f"{len(pending)} batches failed in every round"
            over = rules.is_over(run.created_at, now)
            return _end(run, Status.STUCK, runs.OVER if over else failed, now)
        case _:
            return True


def _end(run: Run, status: Status, why: str | None, now: datetime) -> bool:
    changes = {"ended_at": now, "why": why} | runs.NOT_DUE
    return runs.change(run, changes, status, now)


def _prepare(run: Run, now: datetime) -> None:
    """Put the next portion of the audience in batches; whoever else did it first has done it."""
    try:
        portion = read_portion(run, runs.order_of(run))
    except ListError as error:
        _end(run, Status.STUCK, str(error), now)
        return
    batches = list(pack(portion.entries))
    stored = sum(map(len, batches))
    transaction = guard.Transaction()
    for number, users in enumerate(batches, int(run.batches)):
        put_batch(transaction, run, number, users)
    changes = {
        "users": int(run.users) + stored,
        "batches": int(run.batches) + len(batches),
        "repeated": int(run.repeated) + len(portion.entries) - stored,
        **_rejects(run, portion),
        **runs.due_in(run, now),
        "version": int(run.version) + 1,
    }
    full = changes["users"] >= MAX_USERS
    changes |= {"cursor": portion.cursor, "prepared": full or portion.cursor is None}
    if full and portion.cursor is not None:
        changes["why"] = TOO_MANY
    runs.guarded(transaction, run, changes)
    runs.commit(transaction, run, changes)


def _rejects(run: Run, portion: Portion) -> dict[str, Any]:
    """Count the rejects of a portion, and keep the first of all."""
    if not portion.rejects:
        return {}
    known = msgspec.json.decode(run.rejects or "[]", type=list[Reject])
    kept = [*known, *portion.rejects][:MAX_REJECTS]
    return {
        "rejected": int(run.rejected) + len(portion.rejects),
        "rejects": msgspec.json.encode(kept).decode(),
    }
