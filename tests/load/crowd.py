"""What one client of a crowd does with one item: it calls the functions themselves."""

import contextlib
import importlib
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sluice.codes import visitors
from sluice.codes.rules.seats import Contact
from sluice.codes.store import contacts, expiry
from sluice.codes.store.seats import slot_of
from sluice.organizations.tables import ProviderAccount
from sluice.push import executions
from sluice.push.providers import Message, Sent, sandbox
from sluice.push.refusals import RunCannot
from sluice.push.rules.runs import Status
from sluice.push.runs import sending as run_sending
from sluice.push.store import runs
from sluice.rewards.rules import Grant
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import accounts, asking, claiming, grants, programmes
from sluice.shared import clock, errors, ids, relay
from sluice.shared.outbox import Event
from sluice.shared.providers.failures import Unavailable
from sluice.shared.providers.tokens import Token, Tokens
from sluice.webhooks import delivering
from sluice.webhooks.queue import Due
from sluice.webhooks.refusals import WebhookJustTested
from sluice.webhooks.store import accepting, webhooks
from tests.support import signups
from tests.support.codes import CODE
from tests.support.events import ORGANIZATION, claims, http
from tests.support.webhooks import campaign_changed

JOIN = "POST /s/{code}/join"
LEAVE = "POST /s/{code}/leave"
CANCEL = "DELETE /organizations/{organization_id}/pushes/{push_id}"
SETTLE = "POST /organizations/{organization_id}/payouts/{payout_id}/results"
PATIENCE = 8  # times that a client does what Retry-After asks
LIMITED_PATIENCE = 60  # where everybody wants the same budget
CLOSED = Programme("referral", is_open=False)
LIVES = 6  # steps of a customer in `live`


def handler(name: str) -> Any:
    """Return the handler of a folder `context/verb_noun`."""
    return importlib.import_module(f"functions.{name.replace('/', '.')}.handler").handler


def _ask(name: str, event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"statusCode": 503}
    for _ in range(PATIENCE):
        answer = handler(name)(event, None)
        if answer["statusCode"] != 503:
            break
    return answer


# Codes


def join(asked: tuple[str, str]) -> tuple[int, dict[str, Any]]:
    """Join as a visitor through a code: the status and the seat."""
    visitor, code = asked
    token = visitors.token(visitor, code, clock.now())
    event = http(JOIN, path={"code": code}, body={"visitor_token": token})
    answer = _ask("codes/assign_channel", event)
    return answer["statusCode"], json.loads(answer["body"])


def sign_up(asked: tuple[str, str]) -> tuple[int, dict[str, Any]]:
    """Sign up as a visitor through a member's code: the status and what is answered."""
    visitor, code = asked
    answer = _ask("campaigns/sign_up", signups.signing(code, visitor))
    return answer["statusCode"], json.loads(answer["body"])


def come(asked: tuple[str, str, str]) -> tuple[int, str]:
    """Do one thing of a sold-out day, and then what its event does: serve the waiting list.

    A newcomer joins, a customer on the list leaves it, a connected customer is lost. Returns the
    status, and what was given up.
    """
    what, name, address = asked
    if what == "lose":
        _tell(Contact("lost", name, clock.now(), f"wx-{name}"))
        _serve()
        return 200, ""
    token = visitors.token(name, CODE, clock.now())
    route = JOIN if what == "join" else LEAVE
    event = http(route, path={"code": CODE}, body={"visitor_token": token})
    event["requestContext"]["identity"]["sourceIp"] = address
    answer = _ask("codes/assign_channel" if what == "join" else "codes/leave_code", event)
    _serve()
    return answer["statusCode"], json.loads(answer["body"]).get("gave_up", "")


def serve_or_sweep(what: str) -> None:
    """Serve the waiting list, or sweep it."""
    if what == "serve":
        _serve()
        return
    for _ in range(PATIENCE):
        with contextlib.suppress(errors.Contention):
            handler("codes/sweep_waiting")({}, None)
            return


def _serve() -> None:
    event = {
        "id": "event-1",
        "type": "assignment.lost.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": clock.now().isoformat(),
        "version": 1,
        "data": {},
    }
    handler("codes/serve_waiting")({"detail-type": event["type"], "detail": event}, None)


def live(visitor: str) -> list[int]:
    """Join, confirm, lose, expire and come back, in an order of its own, for a while."""
    draw = random.Random(visitor)
    statuses = []
    for _ in range(LIVES):
        status, seat = join((visitor, CODE))
        statuses.append(status)
        if status >= 300:
            continue
        now, step = clock.now(), draw.random()
        if step < 0.35:
            # Everybody's reservations at once.
            expiry.release_expired(now + timedelta(days=1), float("inf"))
        elif step < 0.9:
            _tell(Contact("connected", seat["assignment_id"], now, visitor))
            if step < 0.7:
                after = now + timedelta(milliseconds=1)
                _tell(Contact("lost", seat["assignment_id"], after, visitor))
    return statuses


def confirm_or_release(asked: tuple[str, str, datetime]) -> Any:
    """Tell of a connection, or release the seat as the sweep does."""
    what, assignment_id, now = asked
    if what == "confirm":
        return _tell(Contact("connected", assignment_id, now, f"wx-{assignment_id}"))
    slot = slot_of(ORGANIZATION, assignment_id)
    assert slot is not None
    return expiry.release(slot, now)


def confirm(assignment_id: str) -> str:
    """Tell of a connection."""
    return _tell(Contact("connected", assignment_id, clock.now(), f"wx-{assignment_id}"))


def _tell(contact: Contact) -> str:
    for _ in range(PATIENCE):
        try:
            return contacts.tell(ORGANIZATION, "sandbox", contact, contact.at).outcome
        except errors.Contention:
            continue  # the provider calls again
    raise AssertionError("never taken")


_bus = threading.local()


def _send(events: Sequence[Event]) -> None:
    _bus.sent += events


def deliver(record: dict[str, Any]) -> int:
    """Relay a change of a seat, and bring its connections to the ledger; returns how many."""
    _bus.sent = []
    relay.send = _send
    assert handler("codes/relay_assignments")({"Records": [record]}, None) == {
        "batchItemFailures": []
    }
    connected = [event for event in _bus.sent if event.type == "assignment.connected.v1"]
    for event in connected:
        detail = {
            "id": event.id,
            "type": event.type,
            "organization_id": event.organization_id,
            "occurred_at": event.occurred_at.isoformat(),
            "version": event.version,
            "data": event.data,
        }
        _deliver_event("rewards/reward_referral", {"detail-type": event.type, "detail": detail})
    return len(connected)


def _deliver_event(name: str, event: dict[str, Any]) -> None:
    for _ in range(PATIENCE):
        try:
            handler(name)(event, None)
        except errors.Contention:
            continue  # EventBridge delivers again
        return
    raise AssertionError("never taken")


# Providers


def fetch_token(dead: Token | None) -> tuple[Token, int]:
    """Ask for the token of an app as a process of its own; returns it and how often it fetched."""
    fetched: list[str] = []

    def fetch() -> tuple[str, int]:
        time.sleep(0.5)
        fetched.append(ids.unguessable())
        return fetched[-1], 7_200

    tokens = Tokens()
    for _ in range(PATIENCE):
        with contextlib.suppress(Unavailable, errors.Contention):  # the event comes again
            if dead is None:
                return tokens.current(ORGANIZATION, "app", fetch), len(fetched)
            return tokens.replace(ORGANIZATION, "app", dead, fetch), len(fetched)
    raise AssertionError("no token")


# Rewards


def grant(number: int) -> bool:
    """Grant the reward of a number to one of few owners; tells whether it was granted now."""
    given = Grant(f"order:{number}", f"owner-{number % 20}", 100 + number, "CNY", "manual")
    for _ in range(PATIENCE):
        try:
            return grants.grant(ORGANIZATION, given, clock.now())[1]
        except errors.Contention:
            continue
    raise AssertionError("never granted")


def grant_limited(number: int | None) -> str:
    """Grant 100 to one of 25 owners, often the same, as the settings say, or close the programme.

    Returns `granted`, `repeated` or what refused; of who closed it what was granted by then.
    """
    owner = 0 if number is None or number % 4 == 0 else number % 25
    given = Grant(f"order:{number}", f"owner-{owner}", 100, "CNY", "manual")
    for _ in range(LIMITED_PATIENCE):
        try:
            if number is None:
                programmes.put_programme(ORGANIZATION, CLOSED, clock.now())
                found = accounts.read(ORGANIZATION, "programme:referral", "CNY", 1, None)
                return f"closed at {found.balances.get('CNY', 0)}"
            first = asking.ask(ORGANIZATION, given, clock.now())[1]
        except errors.Contention:
            time.sleep(random.uniform(0, 0.5))
            continue
        except errors.Refusal as refusal:
            return refusal.slug
        return "granted" if first else "repeated"
    raise AssertionError("never answered")


def reverse(reward_id: str) -> str:
    """Take a reward back; returns its state."""
    for _ in range(PATIENCE):
        try:
            return grants.reverse(ORGANIZATION, reward_id, "error", clock.now()).state
        except errors.Contention:
            continue
    raise AssertionError("never reversed")


def advance(payout_id: str) -> None:
    """Deliver the event that sets a payout's worker going.

    A row is of one reward: the engine of the proofs takes 10 items in a transaction, AWS 100.
    """
    vars(claiming)["MAX_ROW_REWARDS"] = 1
    detail = {
        "id": "event-1",
        "type": "payout.requested.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": clock.now().isoformat(),
        "version": 1,
        "data": {"payout_id": payout_id, "slice": 1},
    }
    _deliver_event("rewards/advance_payout", {"detail-type": detail["type"], "detail": detail})


def settle(asked: tuple[str, str, int, str]) -> tuple[str, str]:
    """Tell that a row of a payout was paid, or failed; returns how it is then, and the problem."""
    payout_id, owner_id, row, state = asked
    path = {"organization_id": ORGANIZATION, "payout_id": payout_id}
    body = {"results": [{"owner_id": owner_id, "row": row, "state": state}]}
    answer = _ask("rewards/settle_payout", http(SETTLE, path=path, body=body, claims=claims()))
    (item,) = json.loads(answer["body"])["items"]
    return item["state"], item.get("problem", "")


def count_bonus(asked: tuple[str, str]) -> None:
    """Bring the payment of an order, put down to a promoter, to the counting of bonus tasks."""
    member_id, order_id = asked
    now = clock.now().isoformat()
    data = {
        "order_id": order_id,
        "offer_id": "apples",
        "member_id": member_id,
        "paid_at": now,
    }
    detail = {
        "id": "event-1",
        "type": "payment.settled.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": now,
        "version": 1,
        "data": data,
    }
    event = {"detail-type": detail["type"], "detail": detail}
    _deliver_event("promoters/count_bonus_tasks", event)


# Pushes


class Tasks:
    """A Step Functions that takes everything: who waits is not what these proofs ask."""

    def send_task_success(self, **_: str) -> dict[str, str]:
        return {}

    def send_task_failure(self, **_: str) -> dict[str, str]:
        return {}


def race_for_push(asked: tuple[str, str, str]) -> Any:
    """Cancel a push, receive its receipt, or let its timer fire."""
    vars(executions)["client"] = lambda _: Tasks()
    what, push_id, body = asked
    if what == "cancel":
        path = {"organization_id": ORGANIZATION, "push_id": push_id}
        answer = _ask("push/cancel_push", http(CANCEL, path=path, claims=claims()))
        return answer["statusCode"]
    if what == "receipt":
        event = {"Records": [{"messageId": "m", "body": body}]}
        for _ in range(PATIENCE):
            if not handler("push/answer_sandbox")(event, None)["batchItemFailures"]:
                return "taken"
        raise AssertionError("never taken")
    task = {"task_token": f"token-{push_id}", "organization_id": ORGANIZATION, "push_id": push_id}
    return handler("push/push_step")(task | {"position": int(body)}, None)


# Runs

_sent = threading.local()
_to_sandbox = sandbox.send


def _counted_send(account: ProviderAccount, message: Message) -> Sent:
    _sent.users.append(message.user_id)
    return _to_sandbox(account, message)


def run_on(asked: tuple[str, str, int, int]) -> tuple[bool, list[str]]:
    """Send a batch of a run, or bring the run to a status: is it done, and who was sent to.

    By a provider that does not know a message again, so that a second call of it would be seen.
    """
    vars(sandbox).update(send=_counted_send, deduplicates=False)
    what, run_id, generation, batch = asked
    _sent.users = []
    if what == "send":
        task = run_sending.BatchTask(ORGANIZATION, run_id, generation, batch)
        return run_sending.send_batch(task, time.monotonic() + 600), _sent.users
    with contextlib.suppress(RunCannot):
        runs.change_run(ORGANIZATION, run_id, Status(what), clock.now())
    return True, []


# Webhooks


def hear(at: str) -> list[str]:
    """Take an event for webhooks: the deliveries that were made of it."""
    now = datetime.fromisoformat(at)
    return [each.item for each in _patiently(lambda: accepting.accept(campaign_changed(now), now))]


def call_receiver(delivery_id: str) -> str:
    """Take a message of the queue of deliveries: what was done."""
    due = Due(ORGANIZATION, "crm", delivery_id)
    return str(_patiently(lambda: delivering.deliver(due, clock.now())))


def try_webhook(webhook_id: str) -> bool:
    """Test a webhook: was it sent."""
    webhook = webhooks.find_webhook(ORGANIZATION, webhook_id)
    with contextlib.suppress(WebhookJustTested):
        return bool(_patiently(lambda: accepting.send_test(webhook, clock.now())))
    return False


def _patiently(work: Callable[[], Any]) -> Any:
    for _ in range(PATIENCE):
        with contextlib.suppress(errors.Contention):
            return work()
    raise errors.Contention
