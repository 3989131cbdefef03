"""How functions are woken by events: from EventBridge, from a table's stream, from a queue.

Everything arrives at least once and in any order; a consumer claims what it does
(`claims.Claim`) or brings a state in line with what it reads now.

Where one of many fails: AWS being busy or out of reach passes, so it comes again. Anything else
would fail again, so it is set aside in the failure queue, which alarms and can be redriven.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from sluice.shared import guard, records, settings, telemetry
from sluice.shared.clients import client
from sluice.shared.outbox import Event as Event  # noqa: PLC0414 - consumers name it

MARGIN_SECONDS = 15  # kept of a scheduled function's time, to end what it has begun
UNTIMED_SECONDS = 40  # of a run that no Lambda bounds

LambdaEvent = Mapping[str, Any]


class Change(msgspec.Struct, frozen=True):
    """One change of an item, from a table's stream: its typed JSON before and after."""

    at: datetime
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    number: str  # of the change in the stream; of one item no two are the same


def consumer(run: Callable[[Event], None]) -> Callable[[LambdaEvent, Any], None]:
    """Make a Lambda handler of a function that takes one EventBridge event of ours.

    What it raises is retried by Lambda, then goes to the function's failure destination.
    """

    def handler(event: LambdaEvent, context: Any) -> None:
        with telemetry.invocation(str(event.get("detail-type")), event, context):
            told = msgspec.convert(event["detail"], Event)
            telemetry.follow(told.correlation_id)
            run(told)

    handler.__doc__ = run.__doc__
    return handler


def _name(run: Callable[..., Any], context: Any) -> str:
    """Name a function in its log: on Lambda every module is called `handler`."""
    return str(getattr(context, "function_name", "") or run.__module__)


def scheduled(run: Callable[[float], None]) -> Callable[[LambdaEvent, Any], None]:
    """Make a Lambda handler of a function that a schedule wakes.

    It is given the moment, on the monotonic clock in seconds, from which it begins nothing more:
    15 s before Lambda ends it.
    """

    def handler(event: LambdaEvent, context: Any) -> None:
        with telemetry.invocation(_name(run, context), event, context):
            run(time.monotonic() + _seconds(context))

    handler.__doc__ = run.__doc__
    return handler


def _seconds(context: Any) -> float:
    left = getattr(context, "get_remaining_time_in_millis", None)
    return UNTIMED_SECONDS if left is None else left() / 1000 - MARGIN_SECONDS


def task[Given](
    given: type[Given], tell: Callable[[Given, bool], None]
) -> Callable[[Callable[[Given], None]], Callable[[LambdaEvent, Any], None]]:
    """Make a Lambda handler of a function that takes one task of a state machine, by its token.

    What fails is told, not raised: `tell` gets the task, and whether AWS was only busy, and names
    the error to the state machine.
    """

    def decorate(run: Callable[[Given], None]) -> Callable[[LambdaEvent, Any], None]:
        def handler(event: LambdaEvent, context: Any) -> None:
            with telemetry.invocation(_name(run, context), event, context):
                taken = msgspec.convert(event, given)
                try:
                    run(taken)
                except Exception as error:  # noqa: BLE001 - the state machine is told
                    telemetry.logger.exception("task_failed")
                    tell(taken, guard.is_busy(error))

        handler.__doc__ = run.__doc__
        return handler

    return decorate


def state[Given](
    given: type[Given],
) -> Callable[[Callable[[Given, float], Any]], Callable[[LambdaEvent, Any], Any]]:
    """Make a Lambda handler of a function that a state machine calls and waits for.

    It is also given the moment, on the monotonic clock in seconds, from which it begins nothing
    more. What it raises is the state machine's to try again.
    """

    def decorate(run: Callable[[Given, float], Any]) -> Callable[[LambdaEvent, Any], Any]:
        def handler(event: LambdaEvent, context: Any) -> Any:
            with telemetry.invocation(_name(run, context), event, context):
                until = time.monotonic() + _seconds(context)
                return msgspec.to_builtins(run(msgspec.convert(event, given), until))

        handler.__doc__ = run.__doc__
        return handler

    return decorate


def messages(run: Callable[[str], None]) -> Callable[[LambdaEvent, Any], dict[str, Any]]:
    """Make a Lambda handler of a function that takes the body of one message of a queue.

    Each message of a batch stands alone: answered are those that must come again.
    """

    def handler(event: LambdaEvent, context: Any) -> dict[str, Any]:
        records = event.get("Records", [])
        again = []
        with telemetry.invocation(_name(run, context), event, context):
            telemetry.note(records=len(records))
            for record in records:
                try:
                    run(record["body"])
                except Exception as error:  # noqa: BLE001 - any failure is one of these two
                    if _comes_again(error, record["body"], "message"):
                        again.append({"itemIdentifier": str(record["messageId"])})
        return {"batchItemFailures": again}

    handler.__doc__ = run.__doc__
    return handler


def log_lines(run: Callable[[str], None]) -> Callable[[LambdaEvent, Any], None]:
    """Make a Lambda handler of a function that takes a line of a log group it subscribes to.

    Each line stands alone. Where AWS is busy all come again, as Lambda retries what is raised.
    """

    def handler(event: LambdaEvent, context: Any) -> None:
        with telemetry.invocation(_name(run, context), event, context):
            lines, busy = records.log_lines(event), None
            telemetry.note(records=len(lines))
            for line in lines:
                try:
                    run(line)
                except Exception as error:  # noqa: BLE001 - any failure is one of these two
                    if _comes_again(error, line, "line"):
                        busy = error
            if busy is not None:
                raise busy

    handler.__doc__ = run.__doc__
    return handler


def changes(
    run: Callable[[Sequence[Change]], None],
) -> Callable[[LambdaEvent, Any], dict[str, Any]]:
    """Make a Lambda handler of a function that takes a batch of changes from a stream.

    The whole batch succeeds or is tried again record by record. Where AWS is busy the stream waits
    at that record; what is set aside holds nobody up.
    """
    return changes_without()(run)


def changes_without(
    *attributes: str,
) -> Callable[[Callable[[Sequence[Change]], None]], Callable[[LambdaEvent, Any], dict[str, Any]]]:
    """Make a handler as `changes` does; these attributes must not leave their table.

    They are taken off every image before anybody sees it: also before it is set aside.
    """

    def decorate(
        run: Callable[[Sequence[Change]], None],
    ) -> Callable[[LambdaEvent, Any], dict[str, Any]]:
        def handler(event: LambdaEvent, context: Any) -> dict[str, Any]:
            given = [records.without(each, attributes) for each in event.get("Records", [])]
            with telemetry.invocation(_name(run, context), event, context):
                telemetry.note(records=len(given))
                try:
                    run([_change(record) for record in given])
                except Exception:  # noqa: BLE001 - any failure is narrowed down below
                    telemetry.logger.warning("stream_batch_failed", exc_info=True)
                    return {"batchItemFailures": _one_by_one(run, given)}
                return {"batchItemFailures": []}

        handler.__doc__ = run.__doc__
        return handler

    return decorate


def _one_by_one(
    run: Callable[[Sequence[Change]], None], records: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    for record in records:
        try:
            run([_change(record)])
        except Exception as error:  # noqa: BLE001 - any failure is one of these two
            if _comes_again(error, msgspec.json.encode(record).decode(), "record"):
                return [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]
    return []


def _comes_again(error: Exception, body: str, kind: str) -> bool:
    """Log a failure, and set aside what would fail again; tell whether it must come again.

    It may pass by itself, or could not even be set aside: then the others are not to wait for it.
    """
    if guard.is_busy(error):
        telemetry.logger.warning("comes_again", exc_info=error)
        return True
    telemetry.logger.error("set_aside", exc_info=error)
    try:
        _set_aside(body, kind)
    except Exception:  # noqa: BLE001 - nothing is lost: it comes again
        telemetry.logger.warning("comes_again", exc_info=True)
        return True
    return False


def _change(record: Mapping[str, Any]) -> Change:
    data = record["dynamodb"]
    at = datetime.fromtimestamp(float(data["ApproximateCreationDateTime"]), UTC)
    return Change(at, data.get("OldImage"), data.get("NewImage"), data["SequenceNumber"])


def _set_aside(body: str, kind: str) -> None:
    """Put it into the failure queue, with who could not take it: `make redrive` reads that."""
    named = {"Function": settings.optional("AWS_LAMBDA_FUNCTION_NAME") or "local", "Kind": kind}
    said: Any = {name: {"DataType": "String", "StringValue": text} for name, text in named.items()}
    url = settings.text("FAILURES_QUEUE_URL")
    client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=said)
