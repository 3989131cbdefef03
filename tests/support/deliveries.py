"""What AWS carries on after a request: streams, the outbox's events, the sandbox's queue.

Streams tell what changed since the last time; what changed twice in between is told once.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import boto3
import msgspec
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from infra import template
from sluice.campaigns.store import known, performance
from sluice.codes.store import pool
from sluice.push.store import push_settings
from sluice.shared import clock, outbox, settings
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of
from tests.support.gateway import call, parsed

MAX_ROUNDS = 20
_KINDS_OF_PUSHES = {"push", "attempt", "window"}

type Image = dict[str, Any]


@cache
def _streams() -> list[tuple[str, str]]:
    """Return each table with a stream, by its environment variable, and a function it wakes."""
    found = []
    for function, given in template.resources(parsed(), template.FUNCTION).items():
        for event in given.get("Events", {}).values():
            stream = event["Properties"].get("Stream")
            if event["Type"] == "DynamoDB" and function != "RelayOutbox":
                table, _ = stream["Fn::GetAtt"]
                found.append((f"{table.removesuffix('Table').upper()}_TABLE", function))
    return found


@cache
def _rules() -> list[template.Target]:
    return [target for target in template.targets(parsed()) if target.pattern]


class Deliveries:
    """Remembers what it has delivered."""

    def __init__(self, lock: threading.RLock) -> None:
        """Begin; `lock` is held meanwhile."""
        self._lock = lock
        self._seen: dict[str, dict[tuple[str, ...], Image]] = {}
        self._told = 0
        self._sent: list[outbox.Event] = []

    def settle(self) -> None:
        """Deliver until nothing is left to deliver; functions forget what they remembered."""
        with self._lock:
            for _ in range(MAX_ROUNDS):
                if not self._streamed() + self._relayed() + self._answered():
                    break
            else:
                raise AssertionError("what was delivered never came to an end")
            for module in (pool, known, performance, push_settings):
                module.forget()

    def _streamed(self) -> int:
        count = 0
        taken = {table: self._records(table) for table in {table for table, _ in _streams()}}
        for table, function in _streams():
            records = taken[table]
            if function == "CountPushes":
                records = [each for each in records if _kind(each) in _KINDS_OF_PUSHES]
            if records:
                count += len(records)
                assert call(function, {"Records": records}) == {"batchItemFailures": []}
        return count

    def _records(self, table: str) -> list[Image]:
        before = self._seen.get(table, {})
        now = dict(_images(settings.text(table)))
        self._seen[table] = now
        return [
            self._record(before.get(key), now.get(key))
            for key in dict.fromkeys((*now, *before))
            if before.get(key) != now.get(key)
        ]

    def _record(self, old: Image | None, new: Image | None) -> Image:
        self._told += 1
        change: Image = {
            "ApproximateCreationDateTime": clock.now().timestamp(),
            "SequenceNumber": str(self._told),
        }
        images = {"OldImage": old, "NewImage": new}
        change |= {name: image for name, image in images.items() if image is not None}
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        return {"eventName": name, "dynamodb": change}

    def send(self, events: Sequence[outbox.Event]) -> None:
        """Take what functions put on the bus by themselves."""
        self._sent += events

    def _relayed(self) -> int:
        """Bring events to the functions whose rules match, as EventBridge does."""
        items = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
        for item in items:
            item.delete()
        events = self._sent + [outbox.event_of(item) for item in items]
        self._sent = []
        for event in sorted(events, key=lambda each: each.occurred_at):
            detail = msgspec.to_builtins(event)
            given = {"detail-type": event.type, "detail": detail}
            for target in _rules():
                if _matches(target.pattern, given):
                    call(target.function, given)
        return len(events)

    def _answered(self) -> int:
        """Let the sandbox answer what was sent over it."""
        url = settings.optional("SANDBOX_QUEUE_URL")
        queue: Any = boto3.client("sqs")
        found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        records = [{"messageId": each["MessageId"], "body": each["Body"]} for each in found]
        if records:
            assert call("AnswerSandbox", {"Records": records}) == {"batchItemFailures": []}
        return len(records)


def _images(table_name: str) -> Iterator[tuple[tuple[str, ...], Image]]:
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[table_name]
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    for item in table.all_items():
        image = json.loads(json.dumps({name: each.to_json() for name, each in item.attrs.items()}))
        yield tuple(str(image[name]) for name in names), image


def _kind(record: Image) -> str:
    kind = record["dynamodb"].get("NewImage", {}).get("kind", {})
    return str(kind.get("S", ""))


def _matches(pattern: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Tell whether an event has for each name of a pattern one of its values."""
    return all(
        _matches(wanted, given.get(name) or {})
        if isinstance(wanted, dict)
        else given.get(name) in wanted
        for name, wanted in pattern.items()
    )
