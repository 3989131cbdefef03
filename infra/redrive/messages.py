"""What a message in a failure queue is, and where it goes back to: pure, from the template.

Five kinds come together in a context's queue. What a queue's consumer could not take says which
queue it left. What a rule could not deliver names its target; what our own code set aside names its
function. A place in a stream stands for the records that are read there. And an event that Lambda
gave up names nothing: it goes to whoever of this queue's context listens to such an event. All of
them may have it twice, since consumers claim what they do (decision 1).
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra import template

SQS, DYNAMODB = "SQS", "DynamoDB"
SUBSCRIPTION = "AWS::Logs::SubscriptionFilter"


@dataclass(frozen=True)
class ToQueue:
    """A message for a queue, as it was sent there before."""

    queue_arn: str
    body: str

    def __str__(self) -> str:
        return f"queue {self.queue_arn.rsplit(':', 1)[-1]}"


@dataclass(frozen=True)
class ToFunction:
    """An event for a function, by its name or ARN."""

    function: str
    event: Mapping[str, Any]

    def __str__(self) -> str:
        return self.function.rsplit(":", 1)[-1]


@dataclass(frozen=True)
class ToStream:
    """A function and the place of the records that it could not take."""

    function: str
    place: Mapping[str, Any]  # AWS's DDBStreamBatchInfo

    def __str__(self) -> str:
        return f"{self.function.rsplit(':', 1)[-1]}, {self.place.get('batchSize')} records"


type Way = ToQueue | ToFunction | ToStream


class UnroutableError(Exception):
    """Nobody can say where a message belongs: it stays."""


@dataclass(frozen=True)
class Stack:
    """The template, and the names that its resources have where it is deployed."""

    template: dict[str, Any]
    names: Mapping[str, str]  # physical, by logical id

    def failing_into(self, queue: str) -> list[str]:
        """Return the functions whose failures a queue holds, by logical id."""
        return [
            name
            for name, function in template.resources(self.template, template.FUNCTION).items()
            if queue in set(_references(function))
        ]


def ways(stack: Stack, queue: str, message: Mapping[str, Any]) -> list[Way]:
    """Return where a message of a failure queue (its logical id) goes back to, never nothing.

    `message` is what SQS gives with all attributes. Raises UnroutableError.
    """
    source = message.get("Attributes", {}).get("DeadLetterQueueSourceArn")
    if source:
        return [ToQueue(source, message["Body"])]
    said = {
        name: value.get("StringValue", "")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    if "Function" in said:  # sluice.shared.events
        return [ToFunction(said["Function"], _wrapped(said.get("Kind", ""), message))]
    body = _json(message["Body"])
    if "TARGET_ARN" in said:  # EventBridge
        return [ToFunction(said["TARGET_ARN"], body)]
    if "requestContext" in body:
        return [_of_destination(body)]
    listeners = [stack.names[name] for name in _listeners(stack, queue, body)]
    if not listeners:
        raise UnroutableError("nobody of this queue's context listens to such an event")
    event = {"Records": [body]} if "dynamodb" in body else body
    return [ToFunction(name, event) for name in listeners]


def _of_destination(body: Mapping[str, Any]) -> Way:
    """Read what Lambda's failure destinations say: of a stream, or of an event."""
    function = str(body["requestContext"].get("functionArn", "")).removesuffix(":$LATEST")
    if "DDBStreamBatchInfo" in body:
        return ToStream(function, body["DDBStreamBatchInfo"])
    if "requestPayload" in body:
        return ToFunction(function, body["requestPayload"])
    raise UnroutableError("it has no event")


def _wrapped(kind: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the event with which a function takes what it set aside."""
    body = message["Body"]
    if kind == "record":
        return {"Records": [_json(body)]}
    if kind == "message":
        return {"Records": [{"messageId": message["MessageId"], "body": body}]}
    if kind == "line":
        told = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": body}]}
        packed = gzip.compress(json.dumps(told).encode())
        return {"awslogs": {"data": base64.b64encode(packed).decode()}}
    raise UnroutableError(f"it was set aside as {kind!r}")


def _listeners(stack: Stack, queue: str, body: Mapping[str, Any]) -> Iterator[str]:
    failing = stack.failing_into(queue)
    if "awslogs" in body:
        filters = template.resources(stack.template, SUBSCRIPTION).values()
        found = {reference for one in filters for reference in _references(one["DestinationArn"])}
    elif "dynamodb" in body:
        found = _readers(stack, str(body.get("eventSourceARN", "")))
    else:
        found = _targets(stack, body)
    yield from (name for name in failing if name in found)


def _readers(stack: Stack, stream_arn: str) -> set[str]:
    table = stream_arn.partition(":table/")[2].partition("/")[0]
    functions = template.resources(stack.template, template.FUNCTION)
    return {
        name
        for name, function in functions.items()
        for event in function.get("Events", {}).values()
        if event["Type"] == DYNAMODB
        for reference in _references(event["Properties"]["Stream"])
        if stack.names.get(reference) == table
    }


def _targets(stack: Stack, body: Mapping[str, Any]) -> set[str]:
    detail_type, sources = body.get("detail-type"), body.get("resources", [])
    rules = {str(arn).rsplit("/", 1)[-1] for arn in sources if ":rule/" in str(arn)}
    return {
        target.function
        for target in template.targets(stack.template)
        if detail_type in target.pattern.get("detail-type", [])
        or stack.names.get(target.rule) in rules
    }


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        target = value.get("Ref") or value.get("Fn::GetAtt")
        if target:
            yield str(target[0] if isinstance(target, list) else target)
        value = list(value.values())
    for child in value if isinstance(value, Sequence) and not isinstance(value, str) else ():
        yield from _references(child)


def _json(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        raise UnroutableError("it is not JSON") from None
    if not isinstance(read, dict):
        raise UnroutableError("it is no event")
    return read
