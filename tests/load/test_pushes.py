"""A push's cancel, receipt and timer at the same instant, on AWS's own engine (E3, E5, E7)."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from sluice.push import executions
from sluice.push.rules.chain import Status
from sluice.push.steps import Task, take_step
from sluice.push.store import pushes
from sluice.push.store.held import MAX_KEPT
from sluice.push.tables import SandboxMessage
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.load import crowd
from tests.load.clients import at_once
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION
from tests.support.invariants import check_pushes
from tests.support.push import CONTENT, channel, load, put_strategy, receipts_of, script

pytestmark = pytest.mark.proof
PUSHES, RECEIPTS = 40, 32
ESTIMATE, REAL = 10_000, 7_000  # micro-units: of the strategy, of the receipt


@pytest.fixture(autouse=True)
def _tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "client", lambda _: crowd.Tasks())


def _started(user_id: str) -> str:
    """Start a push and send on its first channel; its receipt is a client's to bring."""
    now = clock.now() - timedelta(seconds=5)
    push_id = pushes.start_push(
        ORGANIZATION, user_id, "cheapest-first", CONTENT, claim=None, now=now
    )
    take_step(Task("token", ORGANIZATION, push_id, 0), now)
    return push_id


def _receipt(push_id: str, user_id: str, status: str = "delivered", price: int = REAL) -> str:
    (attempt,) = load(push_id).attempts
    receipt = {
        "status": status,
        "tracking_id": attempt.tracking_id,
        "user_id": user_id,
        "price": {"amount_micros": price, "currency": "CNY"},
        "at": attempt.created_at.isoformat(),
    }
    delivery = {"organization_id": ORGANIZATION, "account_id": "sandbox", "receipt": receipt}
    return json.dumps(delivery)


def test_cancel_receipt_and_timer_at_one_instant_leave_one_end_and_nothing_sent_after_it() -> None:
    """Each push ends once: reached or cancelled, whichever was written first (E3, E5, E7)."""
    script(**{"*": "accept"})
    put_strategy(channel("wechat"), channel("app"), channel("sms"))
    users = {_started(f"u-{n}"): f"u-{n}" for n in range(PUSHES)}
    asked = [
        step
        for push_id, user_id in users.items()
        for step in (
            ("cancel", push_id, ""),
            ("receipt", push_id, _receipt(push_id, user_id)),
            ("timer", push_id, "1"),
        )
    ]
    outcome = at_once("race_for_push", asked, 64)
    ends = Counter(load(push_id).push.status for push_id in users)
    print(f"\n{outcome}; {dict(ends)}, {len(items_of(SandboxMessage))} messages")
    assert set(ends) <= {Status.REACHED, Status.CANCELLED}
    answers = dict(zip((step[1] for step in asked[::3]), outcome.answers[::3], strict=True))
    events, versions = _events()
    for push_id in users:
        _check_end(push_id, answers[push_id], events[push_id])
        ended = versions[push_id]
        assert int(load(push_id).push.version) == ended, "nothing was begun after the end"
    check_pushes(skew=timedelta(minutes=1))  # their clocks were read before their writes


def test_of_many_receipts_at_one_instant_the_room_is_kept_and_all_are_counted() -> None:
    """None is lost, none is kept beyond the room, and the price is the greatest (E3, E6)."""
    script(**{"*": "accept"})
    put_strategy(channel("wechat"), channel("app"))
    push_id = _started("u-1")
    told = [_receipt(push_id, "u-1", "sent", ESTIMATE + n) for n in range(RECEIPTS)]
    asked = [("receipt", push_id, each) for each in told]
    outcome = at_once("race_for_push", asked, RECEIPTS)
    print(f"\n{outcome}")
    (attempt,) = load(push_id).attempts
    assert int(attempt.receipts) == RECEIPTS
    assert len(receipts_of(push_id)) == MAX_KEPT
    assert int(attempt.price_micros) == ESTIMATE + RECEIPTS - 1


def _check_end(push_id: str, cancelled: int, events: Counter[str]) -> None:
    held = load(push_id)
    is_cancelled = held.push.status == Status.CANCELLED
    assert cancelled == (200 if is_cancelled else 409), "the caller was told how it ended"
    assert events["push.cancelled.v1"] == is_cancelled
    assert events["push.reached.v1"] == (not is_cancelled)
    first, *later = held.attempts
    assert len(later) <= 1
    assert int(first.price_micros) == REAL, "the receipt's price replaces the estimate"
    for attempt in later:
        assert int(attempt.price_micros) == ESTIMATE
        assert bool(attempt.waste) == (not is_cancelled and attempt.sent_at is not None)
    sent = [item for item in items_of(SandboxMessage) if _user(item) == held.push.user_id]
    assert len(sent) == 1 + sum(attempt.sent_at is not None for attempt in later)


def _user(item: Any) -> str:
    return str(item.key).split("#")[1]


def _events() -> tuple[dict[str, Counter[str]], dict[str, int]]:
    """Return how often each event of a push was told, and the last version told of."""
    found: dict[str, Counter[str]] = {}
    versions: dict[str, int] = {}
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        push_id = json.loads(item.data).get("push_id")
        if push_id is None:
            continue  # of the words, not of a push
        found.setdefault(push_id, Counter())[item.type] += 1
        versions[push_id] = max(int(item.version), versions.get(push_id, 0))
    return found, versions
