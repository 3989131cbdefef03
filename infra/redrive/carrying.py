"""One failure queue, message by message: taken out only where what it goes back to has taken it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from infra.redrive import streams
from infra.redrive.messages import Stack, ToFunction, ToQueue, ToStream, UnroutableError, Way, ways

HIDDEN_SECONDS = 900  # of a message under way: longer than any function runs
EMPTY_READS = 2  # of a queue, before it is taken for empty
MAX_MESSAGES = 10_000
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class RetryError(Exception):
    """Whoever got it again could not take it either: it stays."""


@dataclass
class Done:
    """What became of a queue's messages."""

    carried: int = 0
    stayed: int = 0
    kept: list[str] = field(default_factory=list)  # receipt handles to be seen again

    @property
    def looked_at(self) -> int:
        """How many messages were taken up."""
        return self.carried + self.stayed


@dataclass(frozen=True)
class Queue:
    """A failure queue where the stack is deployed."""

    stack: Stack
    name: str  # its logical id
    arguments: Mapping[str, Any]  # of boto3.client

    def client(self, service: str) -> Any:
        """Return a client of a service of AWS, or of what stands in for it."""
        return boto3.client(service, **self.arguments)  # type: ignore[call-overload]

    def count(self) -> int:
        """How many messages lie there, about; those under way too."""
        sqs, url = self.client("sqs"), self.stack.names[self.name]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS))["Attributes"]
        return sum(int(found.get(name, 0)) for name in COUNTS)

    def redrive(self, limit: int, *, dry: bool, tell: Callable[[str], None]) -> Done:
        """Bring at most `limit` messages back, each once; of a dry run none.

        What fails again, or belongs to nobody, is seen again in the queue at the end.
        """
        sqs, url, done = self.client("sqs"), self.stack.names[self.name], Done()
        most, empty = min(limit, self.count(), MAX_MESSAGES), 0
        while done.looked_at < most and empty < EMPTY_READS:
            message = self._next(sqs, url)
            if message is None:
                empty += 1
                continue
            if self._carried(message, dry=dry, tell=tell):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                done.carried += 1
            else:
                done.kept.append(message["ReceiptHandle"])
                done.stayed += 1
        for handle in done.kept:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        return done

    def _next(self, sqs: Any, url: str) -> dict[str, Any] | None:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=1,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found[0] if found else None

    def _carried(
        self, message: Mapping[str, Any], *, dry: bool, tell: Callable[[str], None]
    ) -> bool:
        """Bring one message back to all that it belongs to; True when it may be deleted."""
        where, why = "?", _why(message)
        try:
            found = ways(self.stack, self.name, message)
            where = " and ".join(map(str, found))
            for way in () if dry else found:
                self._carry(way)
        except (UnroutableError, RetryError, streams.ForgottenError) as error:
            tell(f"stays   {message['MessageId']}  {where}: {_told(error)}{why}")
            return False
        tell(f"{'would go' if dry else 'went'}  {message['MessageId']}  to {where}{why}")
        return not dry

    def _carry(self, way: Way) -> None:
        match way:
            case ToQueue(queue_arn, body):
                sqs = self.client("sqs")
                url = sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[-1])["QueueUrl"]
                sqs.send_message(QueueUrl=url, MessageBody=body)
            case ToFunction(function, event):
                self._invoke(function, event)
            case ToStream(function, place):
                self._invoke(function, streams.event_at(place, self.arguments))

    def _invoke(self, function: str, event: Mapping[str, Any]) -> None:
        """Run a function and wait for it. Raises RetryError, also where it was one of others."""
        if function.rsplit(":", 1)[-1] not in self.stack.names.values():
            raise RetryError("this stack has no such function")
        answer = self.client("lambda").invoke(
            FunctionName=function,
            InvocationType="RequestResponse",
            Payload=json.dumps(event).encode(),
        )
        said = json.loads(answer["Payload"].read() or "null")
        if answer.get("FunctionError"):
            raise RetryError(str((said or {}).get("errorType", "it failed")))
        if isinstance(said, dict) and said.get("batchItemFailures"):
            raise RetryError("AWS was too busy for it")


def _why(message: Mapping[str, Any]) -> str:
    """Return what AWS says of why it failed: the code, since a message may tell of a person."""
    said = message.get("MessageAttributes", {})
    codes = [said[name].get("StringValue") for name in ("ERROR_CODE", "ErrorCode") if name in said]
    return f" (failed with {codes[0]})" if codes else ""


def _told(error: Exception) -> str:
    forgotten = isinstance(error, streams.ForgottenError)
    return "the stream has forgotten it" if forgotten else str(error)
