"""Pushes for tests, and a Step Functions of paper that runs the chain as the definition says."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.push.answer_sandbox.handler import handler as answer_sandbox
from functions.push.push_step.handler import handler as push_step
from functions.push.send_later.handler import handler as send_later
from functions.push.start_chain.handler import handler as start_chain
from sluice.organizations import store as organizations
from sluice.push import executions, later
from sluice.push.rules.contents import Content
from sluice.push.rules.judging import Behaviour
from sluice.push.rules.strategies import Channel, Definition, Price, Terms
from sluice.push.store import attempts, behaviours, held, pushes, strategies
from sluice.push.store.held import Held
from sluice.push.store.tries import Turn
from sluice.push.tables import Attempt, ReceiptItem
from sluice.shared import clock, ids, settings
from sluice.shared.claims import Claim
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

USER = "u-7"
CHAIN_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:test-push-chain"
RUN_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:test-push-run"
CONTENT = Content("Spring tea", "The first leaves are in.", content_id="spring-tea")
COUNTED = {"opened": "seen", "visited": "clicked", "bought": "converted"}
RETRIES = 3  # of the definition


def channel(name: str, success: str = "delivered", wait_seconds: int = 60) -> Channel:
    """Return a channel through the sandbox at 1 cent, or 5 for SMS."""
    price = Price(50_000 if name == "sms" else 10_000, "CNY")
    return Channel(name, "sandbox", wait_seconds, success, price)


THREE = (channel("wechat"), channel("app"), channel("sms"))


def put_strategy(
    *channels: Channel,
    strategy_id: str = "cheapest-first",
    purpose: str = "service",
    terms: Terms | None = None,
) -> int:
    """Put a strategy; without channels WeChat, the app, then SMS."""
    terms = terms or Terms("assumed")
    definition = Definition(purpose, channels or THREE, COUNTED, terms)
    return strategies.put_strategy(
        ORGANIZATION,
        strategy_id,
        definition,
        types={"sandbox", "wechat", "wechat_subscribe", "inbox", "web_push"},
        now=NOW,
    )


def start_push(
    *channels: Channel, user_id: str = USER, now: datetime = NOW, **strategy: Any
) -> str:
    """Put a strategy and store a push by it."""
    put_strategy(*channels, **strategy)
    return pushes.start_push(ORGANIZATION, user_id, "cheapest-first", CONTENT, claim=None, now=now)


def load(push_id: str) -> Held:
    """Read a push."""
    return held.load_push(ORGANIZATION, push_id)


def begin_attempt(
    held: Held,
    position: int,
    task_token: str,
    tracking_id: str,
    now: datetime,
    *,
    send_at: datetime | None = None,
) -> Attempt:
    """Begin an attempt that nothing forbids, to be sent now or later."""
    at = send_at or now
    due_at = at + timedelta(seconds=held.plan.channels[position].wait_seconds)
    turn = Turn(at, due_at, None, UTC, None, lambda _: None)
    return attempts.begin_attempt(
        held, position, turn, now, task_token=task_token, tracking_id=tracking_id
    )


def attempts_of(push_id: str) -> list[Attempt]:
    """Return a push's attempts in order."""
    return load(push_id).attempts


def receipts_of(push_id: str) -> list[ReceiptItem]:
    """Return a push's receipts."""
    return held.load_with_receipts(ORGANIZATION, push_id)[1]


def behave(kind: str, at: datetime, content_id: str | None = None, user_id: str = USER) -> None:
    """Record something the user did."""
    claim = Claim(ids.key(ORGANIZATION, "webhook", ids.unguessable()), "hash")
    behaviour = Behaviour(kind, at, content_id)
    behaviours.record_behaviour(ORGANIZATION, user_id, behaviour, claim, at)


def script(**words: str) -> None:
    """Tell the sandbox how to behave, by user, channel or `user/channel`."""
    account = {"type": "sandbox", "settings": {"script": words}}
    organizations.put_provider_account(ORGANIZATION, "sandbox", account)


def event_types() -> list[str]:
    """Return the types of the events about pushes in the outbox."""
    found = [item.type for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return sorted(name for name in found if name.startswith("push."))


def error(code: str) -> ClientError:
    """Return what boto3 raises for an error code of AWS."""
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


@dataclass
class Execution:
    """One execution: where it is, and who may end its task."""

    data: dict[str, Any]
    status: str = "RUNNING"
    output: str = ""
    token: str = ""
    retries: int = 0
    transitions: int = 0
    due_at: datetime | None = None  # when the timer of its task fires
    errors: list[str] = field(default_factory=list)


class StepFunctions:
    """The four calls Sluice makes, with the state `Attempt` run as infra/push_chain.asl.yaml says.

    Entering the state calls PushStep; nothing happens by time unless a test says so.
    """

    def __init__(self) -> None:
        """Begin without executions."""
        self.executions: dict[str, Execution] = {}
        self.runs: dict[str, dict[str, Any]] = {}  # inputs of executions of runs, by name
        self.going: set[str] = set()  # those of them that have not ended
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.pending: deque[Execution] = deque()
        self.running = False
        self.tokens = 0

    def start_execution(self, **given: str) -> dict[str, str]:
        """Start an execution; it runs until it waits."""
        self.calls.append(("start_execution", given))
        if given["stateMachineArn"] == RUN_ARN:
            return self._start_run(given)
        if given["name"] in self.executions:
            raise error("ExecutionAlreadyExists")
        execution = Execution(json.loads(given["input"]))
        self.executions[given["name"]] = execution
        self._enter(execution)
        return {"executionArn": f"arn:{given['name']}"}

    def _start_run(self, given: dict[str, str]) -> dict[str, str]:
        """Keep what an execution of a run was started with; tests/support/runs.py plays it."""
        if given["name"] in self.runs:
            raise error("ExecutionAlreadyExists")
        self.runs[given["name"]] = json.loads(given["input"])
        self.going.add(given["name"])
        return {"executionArn": f"arn:{given['name']}"}

    def describe_execution(self, **given: str) -> dict[str, str]:
        """Tell an execution's status."""
        name = given["executionArn"].rsplit(":", 1)[1]
        if name in self.runs:
            return {"status": "RUNNING" if name in self.going else "SUCCEEDED"}
        if name not in self.executions:
            raise error("ExecutionDoesNotExist")
        return {"status": self.executions[name].status}

    def send_task_success(self, **given: str) -> dict[str, str]:
        """End the execution that waits with this token."""
        self.calls.append(("send_task_success", given))
        execution = self._waiting(given["taskToken"])
        execution.token, execution.status, execution.output = "", "SUCCEEDED", given["output"]
        return {}

    def send_task_failure(self, **given: str) -> dict[str, str]:
        """Let the waiting task fail: try again when busy, else go on to the next position."""
        self.calls.append(("send_task_failure", given))
        execution = self._waiting(given["taskToken"])
        execution.errors.append(given["error"])
        if given["error"] == executions.BUSY and execution.retries < RETRIES:
            execution.retries += 1
            self._enter(execution)
        else:
            self._next(execution)
        return {}

    def time_out(self, now: datetime | None = None) -> None:
        """Let the timer of every waiting task fire; with `now`, of those whose time is over."""
        for execution in list(self.executions.values()):
            is_over = now is None or (execution.due_at is not None and execution.due_at <= now)
            if execution.token and is_over:
                execution.errors.append("States.Timeout")
                self._next(execution)

    def lose(self) -> None:
        """End every execution as if AWS had: their tokens are gone."""
        for execution in self.executions.values():
            if execution.status == "RUNNING":
                execution.token, execution.status = "", "ABORTED"

    def names(self) -> list[str]:
        """Return the calls made, without their arguments."""
        return [name for name, _ in self.calls]

    def _waiting(self, token: str) -> Execution:
        for execution in self.executions.values():
            if token and execution.token == token:
                return execution
        raise error("TaskTimedOut")

    def _next(self, execution: Execution) -> None:
        execution.data["position"] += 1
        execution.retries = 0
        self._enter(execution)

    def _enter(self, execution: Execution) -> None:
        """Queue the state; a task entered while PushStep still runs follows when it returns."""
        execution.token = ""
        self.pending.append(execution)
        if self.running:
            return
        self.running = True
        try:
            while self.pending:
                self._run(self.pending.popleft())
        finally:
            self.running = False

    def _run(self, execution: Execution) -> None:
        execution.transitions += 1
        position, waits = execution.data["position"], execution.data["waits"]
        if position >= len(waits):
            execution.status, execution.output = "SUCCEEDED", '{"outcome":"no-more-channels"}'
            return
        self.tokens += 1
        execution.due_at = clock.now() + timedelta(seconds=waits[position])
        execution.token = f"token-{self.tokens}"
        payload = {name: execution.data[name] for name in ("organization_id", "push_id")}
        push_step({"task_token": execution.token, "position": position, **payload}, None)


class SendQueue:
    """A queue of SQS that delivers by the tests' clock."""

    def __init__(self, world: "World") -> None:
        """Begin empty."""
        self.world = world
        self.messages: list[tuple[datetime, str]] = []

    def send_message(self, **given: Any) -> None:
        """Take a message that comes out after its delay, 15 minutes at most."""
        assert 0 <= given["DelaySeconds"] <= 900
        due = self.world.now + timedelta(seconds=given["DelaySeconds"])
        self.messages.append((due, given["MessageBody"]))


@dataclass
class World:
    """A clock that tests move, Step Functions, the sandbox's queue and the outbox."""

    states: StepFunctions
    now: datetime = NOW
    waiting: SendQueue = field(init=False)

    def __post_init__(self) -> None:
        """Make the queue of messages that wait for their time."""
        self.waiting = SendQueue(self)

    def send_later(self) -> int:
        """Deliver what the queue of waiting messages has by now; returns how much that was."""
        due = [body for moment, body in self.waiting.messages if moment <= self.now]
        self.waiting.messages = [one for one in self.waiting.messages if one[0] > self.now]
        records = [{"messageId": f"m-{n}", "body": body} for n, body in enumerate(due)]
        assert send_later({"Records": records}, None) == {"batchItemFailures": []}
        return len(due)

    def push(self, *channels: Channel, user_id: str = USER, **strategy: Any) -> str:
        """Start a push and its chain."""
        push_id = start_push(*channels, user_id=user_id, now=self.now, **strategy)
        self.start_chains()
        return push_id

    def start_chains(self) -> None:
        """Bring what was requested to StartChain, as EventBridge does."""
        for item in items_of(OutboxItem):
            assert isinstance(item, OutboxItem)
            if item.type in {"push.requested.v1", "run.requested.v1"}:
                event = event_of(item)
                detail = {
                    "id": event.id,
                    "type": event.type,
                    "organization_id": event.organization_id,
                    "occurred_at": event.occurred_at.isoformat(),
                    "version": event.version,
                    "data": event.data,
                }
                start_chain({"detail-type": event.type, "detail": detail}, None)
                item.delete()

    def wait(self, seconds: int) -> None:
        """Let time pass; nothing else happens."""
        self.now += timedelta(seconds=seconds)

    def answer(self) -> list[dict[str, str]]:
        """Deliver what the sandbox has queued; returns the failures."""
        queue, url = boto3.client("sqs"), settings.text("SANDBOX_QUEUE_URL")
        found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        records = [{"messageId": m["MessageId"], "body": m["Body"]} for m in found]
        failures: list[dict[str, str]] = answer_sandbox({"Records": records}, None)[
            "batchItemFailures"
        ]
        return failures

    @property
    def execution(self) -> Execution:
        """The one execution of the test."""
        (only,) = self.states.executions.values()
        return only


def make_world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Make a world inside `local_aws`."""
    world = World(StepFunctions())
    url = boto3.client("sqs").create_queue(QueueName="test-sandbox")["QueueUrl"]
    monkeypatch.setenv("SANDBOX_QUEUE_URL", url)
    monkeypatch.setenv("PUSH_CHAIN_ARN", CHAIN_ARN)
    monkeypatch.setenv("PUSH_RUN_ARN", RUN_ARN)
    monkeypatch.setattr(executions, "client", lambda _: world.states)
    monkeypatch.setattr(later, "client", lambda _: world.waiting)
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return world
