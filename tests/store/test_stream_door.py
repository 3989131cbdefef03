"""What a stream consumer waits for, and what it sets aside (design 1)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from sluice.shared import events, settings
from sluice.shared.errors import Contention, NotFound
from sluice.shared.events import Change, changes
from tests.support.aws import local_aws

THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetItem")
DENIED = ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "GetItem")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def records(*names: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_770_000_000,
                    "SequenceNumber": name,
                    "NewImage": {"name": {"S": name}},
                }
            }
            for name in names
        ]
    }


def delivered(error: Exception) -> tuple[dict[str, Any], list[str], list[str]]:
    """Deliver three records of which the second fails: the answer, what ran, what was set aside."""
    done = []

    @changes
    def consume(batch: Sequence[Change]) -> None:
        for change in batch:
            name = (change.new or {})["name"]["S"]
            if name == "2":
                raise error
            done.append(name)

    answer = consume(records("1", "2", "3"), None)
    queue = boto3.client("sqs")
    found = queue.receive_message(
        QueueUrl=settings.text("FAILURES_QUEUE_URL"), MaxNumberOfMessages=10
    ).get("Messages", [])
    aside = [json.loads(message["Body"])["dynamodb"]["SequenceNumber"] for message in found]
    return answer, done, aside


@pytest.mark.parametrize(
    "error", [Contention(), THROTTLED, ConnectTimeoutError(endpoint_url="https://nowhere")]
)
def test_the_stream_waits_while_aws_is_busy_or_out_of_reach(error: Exception) -> None:
    answer, done, aside = delivered(error)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert done == ["1", "1"]  # the batch, then one by one
    assert not aside


@pytest.mark.parametrize("error", [NotFound(), AttributeError("x"), KeyError("x"), DENIED])
def test_what_would_fail_again_is_set_aside_and_holds_nobody_up(error: Exception) -> None:
    answer, done, aside = delivered(error)
    assert answer == {"batchItemFailures": []}
    assert done == ["1", "1", "3"]
    assert aside == ["2"]


def test_what_cannot_even_be_set_aside_comes_again_and_none_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shard goes on at the record itself."""

    class Full:
        def send_message(self, **_: Any) -> None:
            raise ConnectTimeoutError(endpoint_url="https://nowhere")

    @changes
    def consume(batch: Sequence[Change]) -> None:
        if any((change.new or {})["name"]["S"] == "2" for change in batch):
            raise KeyError("x")

    monkeypatch.setattr(events, "client", lambda _: Full())
    answer = consume(records("1", "2", "3"), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
