"""The records at a place in a table's stream, as the function that could not take them got them."""

import base64
from collections.abc import Mapping
from typing import Any

import boto3

MAX_READS = 50  # a read answers up to 1,000 records, or none


class ForgottenError(Exception):
    """The stream, which keeps a day, has these records no more."""


def event_at(place: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of the records between two places of a stream. Raises ForgottenError.

    `place` is AWS's DDBStreamBatchInfo, `arguments` are those of `boto3.client`.
    """
    streams: Any = boto3.client("dynamodbstreams", **arguments)
    arn, last = str(place["streamArn"]), int(place["endSequenceNumber"])
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=arn,
            ShardId=place["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=place["startSequenceNumber"],
        )["ShardIterator"]
    except (
        streams.exceptions.TrimmedDataAccessException,
        streams.exceptions.ResourceNotFoundException,
    ):
        raise ForgottenError from None
    found: list[dict[str, Any]] = []
    for _ in range(MAX_READS):
        answer = streams.get_records(ShardIterator=iterator)
        records = [one for one in answer["Records"] if _number(one) <= last]
        found += [_of_lambda(record, arn) for record in records]
        iterator = answer.get("NextShardIterator")
        done = len(records) < len(answer["Records"]) or (found and _number(found[-1]) >= last)
        if done or iterator is None:
            break
    if not found:
        raise ForgottenError
    return {"Records": found}


def _number(record: Mapping[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _of_lambda(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """Write a record as Lambda gives it to functions: times as numbers, bytes as base64."""
    data = dict(record["dynamodb"])
    moment = data.get("ApproximateCreationDateTime")
    data["ApproximateCreationDateTime"] = moment.timestamp() if moment else 0
    return {**record, "eventSourceARN": arn, "dynamodb": _plain(data)}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    return [_plain(child) for child in value] if isinstance(value, list) else value
