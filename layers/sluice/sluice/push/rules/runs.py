"""Runs (E8): one push to everybody of an audience, sent in stored batches.

A run is sent by children that each take one batch. Whether a child may send is asked of the run as
it is then, so that a pause or a cancellation needs nobody to be told.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from sluice.push.rules.audiences import Audience
from sluice.push.rules.chain import Status as PushStatus
from sluice.push.rules.judging import Facts, Level
from sluice.push.rules.strategies import Plan

MAX_ROUNDS = 20  # of sending what is pending, since the run was last set going
KEPT = timedelta(days=90)  # since a run was ordered; then nobody knows any more who its users were
LOOK_EVERY = 10  # users, after which a child looks at its run again
SHARDS = 8  # of the counters of a run
_TIME = 10  # characters of an id that are its time
_OURS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUV", "abcdefghjkmnpqrstvwxyz")  # the alphabet of ids


class Status(StrEnum):
    """Where a run stands. Only a running run sends."""

    UPLOADING = "uploading"  # waits for its list, and for the word to begin
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    STUCK = "stuck"  # what it needs is wrong, or batches failed in every round; may be tried again


class BatchStatus(StrEnum):
    """Where a batch stands; one that was sent in part is pending."""

    PENDING = "pending"
    DONE = "done"


class Advance(StrEnum):
    """What the execution of a run does next."""

    END = "end"  # paused, cancelled, or another execution has taken over
    PREPARE = "prepare"  # the audience is not in batches yet
    SEND = "send"
    FINISH = "finish"
    STOP = "stop"  # the last rounds left batches pending, or it was ordered too long ago


class Outcome(StrEnum):
    """What became of a user's first message, as the run counts it."""

    SENT = "sent"
    REFUSED = "refused"  # surely not sent: the chain went on to the next channel
    UNSURE = "unsure"  # it may have been sent
    WAITING = "waiting"  # begun, to be sent later: quiet hours, limits, a provider that is down
    WITHHELD = "withheld"  # by consent, suppression, a cap or the hold-out
    REPEATED = "repeated"  # the audience names the user twice
    FAILED = "failed"  # a fault of ours in every round; what was stored of it is repaired


# From where a status can be reached by an operator's word.
_REACHED_FROM = {
    Status.RUNNING: {Status.UPLOADING, Status.PAUSED, Status.STUCK},
    Status.PAUSED: {Status.RUNNING},
    Status.CANCELLED: {Status.UPLOADING, Status.RUNNING, Status.PAUSED, Status.STUCK},
}


class Order(msgspec.Struct, frozen=True):
    """What a run was started with; it never changes."""

    plan: Plan  # of every push; by a template its content is the fallback's, nothing filled in
    audience: Audience
    template_id: str | None = None  # the template itself stands beside the run


@dataclass(frozen=True)
class Going:
    """A run as its execution and its children see it."""

    status: Status
    generation: int  # how often it was set going: an execution of an earlier one has ended
    prepared: bool
    rounds: int
    is_over: bool = False  # ordered too long ago to go on


def is_over(ordered_at: datetime, now: datetime) -> bool:
    """Tell whether a run was ordered so long ago that its users are forgotten."""
    return now >= ordered_at + KEPT


def reached_from(wanted: Status) -> frozenset[Status]:
    """Return the statuses from which an operator may bring a run to `wanted`."""
    return frozenset(_REACHED_FROM.get(wanted, ()))


def is_sending(run: Going, generation: int) -> bool:
    """Tell whether an execution or a child of `generation` may go on."""
    return run.status is Status.RUNNING and run.generation == generation


def advance(run: Going, generation: int, pending: int) -> Advance:
    """Return what an execution does next, with so many batches pending."""
    if not is_sending(run, generation):
        return Advance.END
    if not run.prepared:
        return Advance.STOP if run.is_over else Advance.PREPARE
    if not pending:
        return Advance.FINISH
    if run.is_over:
        return Advance.STOP
    return Advance.SEND if run.rounds < MAX_ROUNDS else Advance.STOP


def push_id_of(run_id: str, user_id: str) -> str:
    """Return the id of a user's push in a run: the same however often the run is sent.

    It sorts by the run's time; 80 bits of the rest tell users apart.
    """
    digest = hashlib.sha256(f"{run_id}#{user_id}".encode()).digest()
    return run_id[:_TIME] + base64.b32hexencode(digest[:10]).decode().translate(_OURS)


def shard_of(number: int) -> int:
    """Return the counters that the batch with a number adds to."""
    return number % SHARDS


def outcome_of(status: str, first: Facts | None, *, sent: bool) -> Outcome:
    """Return how a push counts, from its status and its first attempt as they are stored.

    `sent`: the provider has answered that it took the message.
    """
    if status == PushStatus.WITHHELD:
        return Outcome.WITHHELD
    if first is None:
        return Outcome.WAITING if status == PushStatus.RUNNING else Outcome.WITHHELD
    if sent or first.level > Level.BEGUN:
        return Outcome.SENT
    if first.failed:
        return Outcome.REFUSED
    return Outcome.UNSURE if first.send_at is None else Outcome.WAITING
