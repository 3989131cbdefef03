"""A small world around the functions: what calls them, again and again, as AWS and callers do.

Streams, the bus, Step Functions, the sandbox's queue and the schedules are delivered when a case
says so, by one thread; each is retried as it would be on AWS.
"""

import contextlib
import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from sluice.campaigns.store import known as campaigns
from sluice.codes.store import pool
from sluice.codes.tables import SeatItem, Visit
from sluice.codes.tables.waiting import Ticket
from sluice.organizations import calendar, quotas
from sluice.push import executions
from sluice.push.providers import Unknown, sandbox, web_push
from sluice.push.run_tables import RunItem
from sluice.push.runs import sending as run_sending
from sluice.push.store import contents, push_settings
from sluice.push.tables import PushItem
from sluice.shared import clock, root_secret
from sluice.shared.clients import client
from sluice.shared.outbox import OutboxItem
from sluice.shared.providers import secrets, tokens
from tests.faults.bus import consumers
from tests.faults.injection import Died, Injection, Struck
from tests.support.aws import local_aws
from tests.support.push import CHAIN_ARN, RUN_ARN, Execution, StepFunctions
from tests.support.runs import make_bucket
from tests.support.staff import found_organization

MAX_DELIVERIES = 5
MINUTES = 3  # until everything has come to rest
SANDBOX_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/test-sandbox"
SEND_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/test-send"
WEBHOOK_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/test-webhooks"
SEATS = SeatItem.Meta.table_name
PUSHES, RUNS = PushItem.Meta.table_name, RunItem.Meta.table_name
SECONDS = 61  # of a minute, and of every wait of the strategies here
STREAMED = {model.Meta.table_name: model for model in (SeatItem, Visit, OutboxItem, PushItem)}
STREAMS = {
    SeatItem.Meta.table_name: ("codes/count_changes", "codes/relay_assignments"),
    Visit.Meta.table_name: ("codes/count_changes",),
    OutboxItem.Meta.table_name: ("outbox/relay_outbox",),
    PushItem.Meta.table_name: ("push/count_pushes",),
}
ROLES = ("member", "merchant", "operator", "promoter")

Record = dict[str, Any]


def handler(name: str) -> Callable[[Any, Any], Any]:
    """Return the handler of a folder `context/verb_noun`."""
    found: Any = importlib.import_module(f"functions.{name.replace('/', '.')}.handler")
    return found.handler  # type: ignore[no-any-return]


def _nothing(*_: object) -> None: ...


@dataclass
class World:
    """What is on its way, what time it is, and where faults are injected."""

    now: datetime
    states: StepFunctions = field(default_factory=StepFunctions)
    streams: dict[str, list[Record]] = field(default_factory=dict)
    bus: list[Record] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)  # bodies, in the sandbox's queue
    waiting: list[tuple[datetime, str]] = field(default_factory=list)  # of SendLater: when, body
    told: list[tuple[datetime, str]] = field(default_factory=list)  # of DeliverWebhook
    notes: dict[str, Any] = field(default_factory=dict)  # from a case's `prepare` to its `call`
    injection: Injection = field(default_factory=lambda: Injection(_nothing))
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: int = 0
    ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)  # what ends with it

    def restart(self) -> None:
        """Begin a new process: nothing is remembered."""
        calendar.forget()
        campaigns.forget()
        pool.forget()
        quotas.forget()
        contents.forget()
        root_secret.forget()
        secrets.forget()
        tokens.tokens.cache_clear()
        push_settings.forget()

    def wait(self, seconds: int = SECONDS) -> None:
        """Let time pass; what functions remember for some seconds is forgotten."""
        self.now += timedelta(seconds=seconds)
        self.restart()

    def leave_unsure(self) -> None:
        """From now on the sandbox that is down, and a browser that is gone, say nothing of it."""
        patch = self.ends.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sandbox, "Unreachable", Unknown)
        patch.setattr(web_push, "AddressGone", Unknown)

    # What callers do when they get no answer, or a 5xx

    def ask(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call over HTTP with the same request until it is answered."""
        for _ in range(MAX_DELIVERIES):
            ended, answer = self._invoke(name, event)
            if ended and answer["statusCode"] < 500:
                return dict(answer)
        raise AssertionError(f"{name} answered nothing but faults")

    def deliver_event(self, name: str, event: Record, apart_seconds: int = 0) -> None:
        """Deliver an EventBridge event until the function takes it.

        AWS lets a minute pass between two attempts, which is told where it makes a difference.
        """
        given = {"detail-type": event["type"], "detail": event}
        for _ in range(MAX_DELIVERIES):
            if self._invoke(name, given)[0]:
                return
            self.wait(apart_seconds)
        raise AssertionError(f"{name} never took {event['type']}")

    def deliver_records(self, name: str, records: list[Record]) -> None:
        """Deliver a stream's records until the function has taken the last."""
        for _ in range(MAX_DELIVERIES):
            ended, answer = self._invoke(name, {"Records": records})
            if not ended:
                continue
            failed = answer["batchItemFailures"]
            if not failed:
                return
            numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
            records = records[numbers.index(failed[0]["itemIdentifier"]) :]
        raise AssertionError(f"{name} never took its records")

    def deliver_messages(self, name: str, records: list[Record]) -> None:
        """Deliver messages of a queue; those that fail come again."""
        for _ in range(MAX_DELIVERIES):
            ended, answer = self._invoke(name, {"Records": records})
            if ended:
                failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
                records = [record for record in records if record["messageId"] in failed]
                if not records:
                    return
        raise AssertionError(f"{name} never took its messages")

    def deliver_log(self, name: str, event: Record) -> None:
        """Deliver lines of a log group until the function takes them."""
        for _ in range(MAX_DELIVERIES):
            if self._invoke(name, event)[0]:
                return
        raise AssertionError(f"{name} never took its lines")

    def minute(self, name: str) -> None:
        """Let a schedule come; what fails comes again a minute later."""
        for _ in range(MAX_DELIVERIES):
            if self._invoke(name, {})[0]:
                return
            self.wait()
        raise AssertionError(f"{name} never ended well")

    def _invoke(self, name: str, event: Any) -> tuple[bool, Any]:
        """Invoke; tell whether it ended. Where it did not, the next one is another process."""
        try:
            return True, handler(name)(event, None)
        except (Exception, Died):  # noqa: BLE001 - whoever called tries again
            self.restart()
            return False, None

    def run_tasks(self) -> None:
        """Enter the states that executions are about to enter; a dead Lambda is tried again."""
        while self.states.pending:
            self._run(self.states.pending.popleft())

    def _run(self, execution: Execution) -> None:
        try:
            self.states._run(execution)
        except Died:  # Lambda.AWSLambdaException and its like: the definition's Retry
            self.restart()
            if execution.retries < 3:
                execution.retries += 1
                self.states._enter(execution)
            else:
                self.states._next(execution)
        except Exception:  # noqa: BLE001 - the definition's Catch of States.ALL
            self.states._next(execution)

    def play_runs(self) -> None:
        """Run the executions of runs to their ends, as infra/push_run.asl.yaml says."""
        for name in sorted(self.states.going):
            self._play(self.states.runs[name])
            self.states.going.discard(name)

    def _play(self, given: Record) -> None:
        for _ in range(MAX_DELIVERIES * 2):
            ended, said = self._invoke("push/advance_run", given)
            if not ended:
                continue
            if said["next"] not in {"prepare", "send"}:
                return
            for batch in said["batches"]:
                self._invoke("push/send_batch", given | {"batch": batch})
        raise AssertionError("a run does not end")

    # Everything that follows

    def receipts(self) -> list[Record]:
        """Take what the sandbox has queued."""
        queued, self.queued = self.queued, []
        return [{"messageId": f"m-{n}", "body": body} for n, body in enumerate(queued)]

    def take_due(self) -> list[Record]:
        """Take what waited for its time in the queue of SendLater."""
        due = [body for moment, body in self.waiting if moment <= self.now]
        self.waiting = [one for one in self.waiting if one[0] > self.now]
        return [{"messageId": f"w-{n}", "body": body} for n, body in enumerate(due)]

    def take_told(self) -> list[Record]:
        """Take what waited for its time in the queue of DeliverWebhook."""
        due = [body for moment, body in self.told if moment <= self.now]
        self.told = [one for one in self.told if one[0] > self.now]
        return [{"messageId": f"t-{n}", "body": body} for n, body in enumerate(due)]

    def take_records(self, table: str) -> list[Record]:
        """Take what a table's stream holds."""
        return self.streams.pop(table, [])

    def drain(self) -> None:
        """Deliver whatever is on its way, and what follows from it."""
        for _ in range(100):
            for table, names in STREAMS.items():
                records = self.take_records(table)
                for name in names if records else ():
                    self.deliver_records(name, records)
            events, self.bus = self.bus, []
            for event in events:
                for name in consumers(event):
                    self.deliver_event(name, event)
            self.run_tasks()
            self.play_runs()
            due = self.take_due()
            if due:
                self.deliver_messages("push/send_later", due)
            told = self.take_told()
            if told:
                self.deliver_messages("webhooks/deliver_webhook", told)
            receipts = self.receipts()
            if receipts:
                self.deliver_messages("push/answer_sandbox", receipts)
            if not (due or told or receipts or self.streams or self.bus or self.states.pending):
                return
        raise AssertionError("the world does not come to rest")

    def settle(self) -> None:
        """Let some minutes pass, with timers and schedules, until nothing is on its way."""
        for _ in range(MINUTES):
            self.drain()
            self.wait()
            self.states.time_out(self.now)
            overdue = [*images(PUSHES).values(), *images(RUNS).values()]
            if any("due_bucket" in item for item in overdue):
                self.minute("push/repair_waits")
            if any("expiry_bucket" in item for item in self.images.get(SEATS, {}).values()):
                self.minute("codes/release_expired_seats")
            if any("due_bucket" in item for item in images(Ticket.Meta.table_name).values()):
                self.minute("codes/sweep_waiting")
        self.drain()

    def seen(self, call: str, given: dict[str, Any]) -> None:
        """Note what a call that reached AWS sets on its way."""
        if call == "events.PutEvents":
            self.bus += [msgspec.json.decode(entry["Detail"]) for entry in given["Entries"]]
        elif call == "sqs.SendMessage" and given["QueueUrl"] == SANDBOX_QUEUE:
            self.queued.append(given["MessageBody"])
        elif call == "sqs.SendMessage" and given["QueueUrl"] == SEND_QUEUE:
            due = self.now + timedelta(seconds=given["DelaySeconds"])
            self.waiting.append((due, given["MessageBody"]))
        elif call == "sqs.SendMessage" and given["QueueUrl"] == WEBHOOK_QUEUE:
            due = self.now + timedelta(seconds=given["DelaySeconds"])
            self.told.append((due, given["MessageBody"]))
        elif call.startswith("dynamodb.") and any(name in str(given) for name in STREAMED):
            self._look_at_tables()

    def _look_at_tables(self) -> None:
        for name in STREAMED:
            before, after = self.images.get(name, {}), images(name)
            for key, new in after.items():
                if before.get(key) != new:
                    self.streams.setdefault(name, []).append(self._record(before.get(key), new))
            self.images[name] = after

    def _record(self, old: Any, new: Any) -> Record:
        self.written += 1
        change = {
            "ApproximateCreationDateTime": self.now.timestamp(),
            "SequenceNumber": str(self.written),
            "NewImage": new,
        }
        if old is not None:
            change["OldImage"] = old
        return {"eventName": "MODIFY" if old else "INSERT", "dynamodb": change}


def images(table: str) -> dict[str, Any]:
    """Return a table's items in DynamoDB's JSON, by key."""
    stored: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[table]
    found: dict[str, Any] = {}
    for hash_key, value in stored.items.items():
        ranged = value.items() if stored.has_range_key else [("", value)]
        for range_key, item in ranged:
            found[f"{hash_key}/{range_key}"] = item.to_json()["Attributes"]
    return found


@contextlib.contextmanager
def new_world() -> Iterator[World]:
    """Make a world with an organisation, its people and a partner in it, at rest."""
    with pytest.MonkeyPatch.context() as patch, local_aws():
        world = World(clock.now())
        world.injection.seen = world.seen
        found_organization(world.now)
        for item in OutboxItem.scan():
            item.delete()
        client("sqs").create_queue(QueueName="test-sandbox")
        client("sqs").create_queue(QueueName="test-send")
        patch.setenv("SANDBOX_QUEUE_URL", SANDBOX_QUEUE)
        patch.setenv("PUSH_CHAIN_ARN", CHAIN_ARN)
        patch.setenv("PUSH_RUN_ARN", RUN_ARN)
        make_bucket()
        patch.setattr(run_sending, "LAST_SEND_SECONDS", 0)  # a test has less time than a function
        patch.setenv("USER_POOL_ID", empty_user_pool())
        patch.setattr(clock, "now", lambda: world.now)
        patch.setattr(time, "sleep", _nothing)
        states = Struck("stepfunctions", world.states, world.injection)
        patch.setattr(executions, "client", lambda _: states)
        world.states.running = True  # tasks run when the world says so, as they do on AWS
        world.injection.install(patch)
        world.restart()
        with world.ends:
            yield world


@cache
def user_pool() -> str:
    """Make a user pool with the groups of the template, once in a process."""
    cognito = client("cognito-idp")
    pool_id: str = cognito.create_user_pool(PoolName="test")["UserPool"]["Id"]
    for role in ROLES:
        cognito.create_group(UserPoolId=pool_id, GroupName=role)
    return pool_id


def empty_user_pool() -> str:
    """Return the user pool, without users."""
    cognito, pool_id = client("cognito-idp"), user_pool()
    for user in cognito.list_users(UserPoolId=pool_id)["Users"]:
        cognito.admin_delete_user(UserPoolId=pool_id, Username=user["Username"])
    return pool_id
