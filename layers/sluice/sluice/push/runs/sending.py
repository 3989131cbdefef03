"""A child of a run: sends the first message to each user of one batch (E8)."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from sluice.push import steps, wording
from sluice.push.refusals import PushExists
from sluice.push.rules import runs as rules
from sluice.push.rules.audiences import Entry
from sluice.push.rules.courtesy import is_erased
from sluice.push.rules.run_words import Words, values_of
from sluice.push.rules.runs import LOOK_EVERY, Order, Outcome
from sluice.push.rules.strategies import Plan
from sluice.push.run_tables import Run
from sluice.push.store import run_batches, runs
from sluice.push.store.held import Held, facts, find_push
from sluice.push.store.recipients import find_recipient, person_of
from sluice.push.store.run_pushes import open_push
from sluice.push.store.run_words import words_of
from sluice.push.tables import Push
from sluice.shared import clock, guard, telemetry

LAST_SEND_SECONDS = 60  # the longest that one user can take
MAX_BUSY = 5  # users in a batch for whom AWS was too busy: then the batch waits for another round
GIVE_UP_ROUNDS = 3  # a user who failed in so many rounds for a fault of ours holds nobody up


class BatchTask(msgspec.Struct, frozen=True):
    """The input of the state `SendBatch` in infra/push_run.asl.yaml."""

    organization_id: str
    run_id: str
    generation: int
    batch: int


@dataclass
class _Sending:
    """A batch under way."""

    run: Run
    order: Order
    words: Words | None  # where a template is filled in
    number: int
    until: float
    counts: Counter[Outcome] = field(default_factory=Counter)
    busy: int = 0


def send_batch(task: BatchTask, until: float) -> bool:
    """Send a batch that is pending, if its run is going; tells whether it is done.

    Two reads first, a third by a template, and a read of the run for each 10 users, so that a pause
    or a cancellation stops it. Each user: by a template a read, a transaction of 2 items, the
    step's own requests, one query. At the end a transaction of 3 items. Left pending where the run
    stopped, AWS was busy or time was over: whoever sends it again finds each user's push and sends
    nothing twice.
    """
    run = runs.find_run(task.organization_id, task.run_id)
    if run is None or not _is_sending(run, task.generation):
        return False
    if not run_batches.is_pending(run, task.batch):
        return True
    order = runs.order_of(run)
    words = words_of(run) if order.template_id else None
    sending = _Sending(run, order, words, task.batch, until - LAST_SEND_SECONDS)
    users = run_batches.users_of(run, task.batch)
    if users is None:
        return False  # another has done it just now, or nobody can any more
    done = _send_all(sending, users)
    counted = {outcome.value: count for outcome, count in sending.counts.items()}
    telemetry.note(batch=task.batch, done=done, busy=sending.busy, users=counted)
    if done:
        run_batches.finish_batch(run, task.batch, sending.counts, clock.now())
    return done


def _send_all(sending: _Sending, users: list[Entry]) -> bool:
    for place, user in enumerate(users):
        if time.monotonic() > sending.until or sending.busy > MAX_BUSY:
            return False
        if place and place % LOOK_EVERY == 0 and not _still_going(sending.run):
            return False
        outcome = _send_to(sending, user)
        if outcome is not None:
            sending.counts[outcome] += 1
    return sum(sending.counts.values()) == len(users)


def _still_going(run: Run) -> bool:
    found = runs.find_run(run.organization_id, run.run_id)
    return found is not None and _is_sending(found, int(run.generation))


def _is_sending(run: Run, generation: int) -> bool:
    return rules.is_sending(runs.going(run, clock.now()), generation)


def _send_to(sending: _Sending, user: Entry) -> Outcome | None:
    """Send to one user; whatever is wrong with one must not hold up the others.

    None: it has to be tried in another round.
    """
    try:
        return _send_one(sending, user, clock.now())
    except Exception as error:  # noqa: BLE001 - logged; the batch comes again
        if guard.is_busy(error):
            sending.busy += 1
            return None
        telemetry.logger.exception("run_user_failed")
        return Outcome.FAILED if int(sending.run.rounds) >= GIVE_UP_ROUNDS else None


def _send_one(sending: _Sending, user: Entry, now: datetime) -> Outcome:
    try:
        plan = _plan_for(sending, user, now)
        held = open_push(sending.run, plan, user.user_id, sending.number, now)
    except PushExists as refusal:
        found = refusal.current
        if not isinstance(found, Push) or found.run_batch != sending.number:
            return Outcome.REPEATED
        held = _again(sending.run, found)
    steps.take_first(held, now)
    return _outcome(_again(sending.run, held.push))


def _plan_for(sending: _Sending, user: Entry, now: datetime) -> Plan:
    """Return the plan of the run, with the words for this user where a template has them.

    Whoever was erased since gets none that have something of them: they are told nothing.
    """
    plan, words, run = sending.order.plan, sending.words, sending.run
    if words is None:
        return plan
    recipient = find_recipient(run.organization_id, user.user_id)
    if recipient and is_erased(run.created_at, recipient.erased_at):
        return plan
    person = person_of(recipient)
    locale = person.locale if person else None
    values = values_of(words, user.variables)
    content = wording.say(run.organization_id, words.template, locale, values, now)
    return msgspec.structs.replace(plan, content=content)


def _again(run: Run, push: Push) -> Held:
    held = find_push(run.organization_id, push.push_id)
    if held is None:
        raise ValueError("a push of the run has gone")
    return held


def _outcome(held: Held) -> Outcome:
    first = held.attempts[0] if held.attempts else None
    sent = first is not None and first.sent_at is not None
    return rules.outcome_of(held.push.status, facts(first) if first else None, sent=sent)
