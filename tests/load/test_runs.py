"""A run whose batches have two workers each, paused and resumed in between (E8)."""

from collections import Counter

import pytest

from sluice.push.rules import audiences
from sluice.push.rules.audiences import Audience
from sluice.push.rules.runs import Status
from sluice.push.store import runs
from sluice.push.store.held import load_push
from sluice.push.store.run_batches import pending_batches
from sluice.push.tables import SandboxMessage
from sluice.shared import clock
from tests.load.clients import at_once
from tests.support import runs as support
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION
from tests.support.push import CONTENT, channel, put_strategy, script

pytestmark = pytest.mark.proof
USERS, BATCH = 80, 20  # four batches: DynamoDB Local takes ten items in a transaction
ROUNDS = 5


def test_two_workers_of_each_batch_and_a_pause_send_to_everybody_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers of the time before the pause go on beside those of the time after it (E8)."""
    monkeypatch.setattr(audiences, "BATCH_USERS", BATCH)
    script(**{"*": "accept"})
    put_strategy(channel("wechat"), channel("sms"))
    run_id = runs.start_run(
        ORGANIZATION,
        "cheapest-first",
        CONTENT,
        Audience("users"),
        support.named(USERS),
        base_url=None,
        claim=None,
        now=clock.now(),
    )
    batches = pending_batches(support.load(run_id))
    assert len(batches) == USERS // BATCH
    first, second = (
        [("send", run_id, generation, batch) for batch in batches for _ in range(2)]
        for generation in (1, 2)
    )
    asked = [*first, ("paused", run_id, 0, 0), ("running", run_id, 0, 0), *second]
    outcome = at_once("run_on", asked, 64)
    sent = Counter(user for _, users in outcome.answers for user in users)
    left = pending_batches(support.load(run_id))
    print(f"\n{outcome}; {len(sent)} users sent to, {len(left)} batches left")
    for _ in range(ROUNDS):
        run = support.load(run_id)
        if run.status == Status.PAUSED:
            run = runs.change_run(ORGANIZATION, run_id, Status.RUNNING, clock.now())
        generation = int(run.generation)
        asked = [("send", run_id, generation, n) for n in pending_batches(run) for _ in range(2)]
        if not asked:
            break
        again = at_once("run_on", asked, 64)
        sent.update(user for _, users in again.answers for user in users)
    assert sent == Counter({entry.user_id: 1 for entry in support.named(USERS)})
    _check_rest(run_id)


def _check_rest(run_id: str) -> None:
    """Everybody has one push with one attempt, and is counted once; nobody is kept in a batch."""
    pushes = support.pushes_of(run_id)
    assert len(pushes) == len({push.user_id for push in pushes}) == USERS
    for push in pushes:
        (attempt,) = load_push(ORGANIZATION, push.push_id).attempts
        assert attempt.sent_at is not None
    assert len(items_of(SandboxMessage)) == USERS
    counted = support.counted(run_id)
    assert counted.pop("batches") == USERS // BATCH
    print(counted)
    assert sum(counted.values()) == USERS
    assert counted.keys() <= {"sent", "unsure"}, "a worker counts what it finds at that moment"
    assert support.stored_batches() == 0
