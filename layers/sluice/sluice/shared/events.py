"""How functions are woken by events: from EventBridge, from a table's stream, from a queue.

Everything arrives at least once and in any order; a consumer claims what it does
(`claims.Claim`) or brings a state in line with what it reads now.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from sluice.shared import guard, settings, telemetry
from sluice.shared.clients import client
from sluice.shared.errors import Contention
from sluice.shared.outbox import Event as Event  # noqa: PLC0414 - consumers name it

LambdaEvent = Mapping[str, Any]


class Change(msgspec.Struct, frozen=True):
    """One change of an item, from a table's stream: its typed JSON before and after."""

    at: datetime
    old: dict[str, Any] | None
    new: dict[str, Any] | None


def consumer(run: Callable[[Event], None]) -> Callable[[LambdaEvent, Any], None]:
    """Make a Lambda handler of a function that takes one EventBridge event of ours.

    What it raises is retried by Lambda, then goes to the function's failure destination.
    """

    def handler(event: LambdaEvent, context: Any) -> None:
        with telemetry.invocation(str(event.get("detail-type")), event, context):
            run(msgspec.convert(event["detail"], Event))

    handler.__doc__ = run.__doc__
    return handler


def scheduled(run: Callable[[dict[str, Any]], None]) -> Callable[[LambdaEvent, Any], None]:
    """Make a Lambda handler of a function that a schedule wakes."""

    def handler(event: LambdaEvent, context: Any) -> None:
        with telemetry.invocation(run.__module__, event, context):
            run(dict(event))

    handler.__doc__ = run.__doc__
    return handler


def changes(
    run: Callable[[Sequence[Change]], None],
) -> Callable[[LambdaEvent, Any], dict[str, Any]]:
    """Make a Lambda handler of a function that takes a batch of changes from a stream.

    The whole batch succeeds or is tried again record by record. AWS being busy or out of reach
    passes: the stream waits at that record. Anything else would fail again, so the record is set
    aside in the failure queue, which alarms and can be redriven: one bad record holds nobody up.
    """

    def handler(event: LambdaEvent, context: Any) -> dict[str, Any]:
        records = event.get("Records", [])
        with telemetry.invocation(run.__module__, event, context):
            telemetry.note(records=len(records))
            try:
                run([_change(record) for record in records])
            except Exception:  # noqa: BLE001 - any failure is narrowed down below
                telemetry.logger.warning("stream_batch_failed", exc_info=True)
                return {"batchItemFailures": _one_by_one(run, records)}
            return {"batchItemFailures": []}

    handler.__doc__ = run.__doc__
    return handler


def _one_by_one(
    run: Callable[[Sequence[Change]], None], records: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    for record in records:
        try:
            run([_change(record)])
        except Exception as error:  # noqa: BLE001 - any failure is one of these two
            if isinstance(error, Contention) or guard.is_unreachable(error):
                telemetry.logger.warning("stream_waits", exc_info=True)
                return [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]
            telemetry.logger.exception("set_aside")
            _set_aside(record)
    return []


def _change(record: Mapping[str, Any]) -> Change:
    data = record["dynamodb"]
    at = datetime.fromtimestamp(float(data["ApproximateCreationDateTime"]), UTC)
    return Change(at, data.get("OldImage"), data.get("NewImage"))


def _set_aside(record: Mapping[str, Any]) -> None:
    client("sqs").send_message(
        QueueUrl=settings.text("FAILURES_QUEUE_URL"),
        MessageBody=msgspec.json.encode(record).decode(),
    )
