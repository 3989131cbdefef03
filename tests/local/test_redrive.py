"""Redrive: where a message of a failure queue goes back to, and what becomes of it (F6)."""

import base64
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from infra import template
from infra.redrive import streams
from infra.redrive.__main__ import main
from infra.redrive.carrying import Queue
from infra.redrive.messages import Stack, ToFunction, ToQueue, ToStream, UnroutableError, ways
from sluice.shared import records
from tests.support.aws import local_aws

LOADED = template.load()
NAMES = {name: f"sluice-x-{name}-1" for name in LOADED["Resources"]}
STACK = Stack(LOADED, NAMES)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
OURS = {"version": "0", "source": "sluice", "detail-type": "assignment.connected.v1", "detail": {}}
PLACE = {
    "shardId": "shardId-0",
    "startSequenceNumber": "1",
    "endSequenceNumber": "2",
    "batchSize": 2,
    "streamArn": "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/now",
}


def message(body: Any, attributes: Mapping[str, str] | None = None, **said: str) -> dict[str, Any]:
    return {
        "MessageId": "m-1",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "Attributes": attributes or {},
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in said.items()
        },
    }


def name_of(function: str) -> str:
    return NAMES[function]


def test_what_a_consumer_left_goes_back_to_its_queue() -> None:
    source = "arn:aws:sqs:us-east-1:123456789012:send"
    found = ways(STACK, "PushFailures", message("{}", {"DeadLetterQueueSourceArn": source}))
    assert found == [ToQueue(source, "{}")]


def test_an_event_of_the_bus_goes_to_all_of_the_context_that_listen() -> None:
    (found,) = ways(STACK, "RewardsFailures", message(OURS))
    assert found == ToFunction(name_of("RewardReferral"), OURS)
    shared = OURS | {"detail-type": "task.shared.v1"}
    found_two = ways(STACK, "PromotersFailures", message(shared))
    assert {str(way) for way in found_two} == {name_of("CountTasks"), name_of("CountBonusTasks")}


def test_a_schedule_goes_to_those_of_its_rule_that_fail_into_this_queue() -> None:
    resources = [f"arn:aws:events:us-east-1:123456789012:rule/{NAMES['EveryMinute']}"]
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": resources}
    (found,) = ways(STACK, "PushFailures", message(event))
    assert found == ToFunction(name_of("RepairWaits"), event)


def test_what_a_rule_could_not_deliver_goes_to_its_target_alone() -> None:
    said = {"TARGET_ARN": ARN + name_of("CountTasks"), "ERROR_CODE": "THROTTLED"}
    assert ways(STACK, "PromotersFailures", message(OURS, None, **said)) == [
        ToFunction(said["TARGET_ARN"], OURS)
    ]


def test_what_lambda_put_into_an_envelope_is_taken_out_of_it() -> None:
    context = {"functionArn": f"{ARN}f:$LATEST"}
    found = ways(
        STACK, "CodesFailures", message({"requestContext": context, "requestPayload": OURS})
    )
    assert found == [ToFunction(f"{ARN}f", OURS)]
    batch = {"requestContext": context, "DDBStreamBatchInfo": PLACE}
    assert ways(STACK, "CodesFailures", message(batch)) == [ToStream(f"{ARN}f", PLACE)]


def test_what_our_code_set_aside_goes_to_the_function_that_it_names() -> None:
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1"}}
    (found,) = ways(STACK, "CodesFailures", message(record, Function="f", Kind="record"))
    assert found == ToFunction("f", {"Records": [record]})
    (found,) = ways(STACK, "PushFailures", message("due", Function="f", Kind="message"))
    assert found == ToFunction("f", {"Records": [{"messageId": "m-1", "body": "due"}]})
    (found,) = ways(STACK, "PushFailures", message("a line", Function="f", Kind="line"))
    assert isinstance(found, ToFunction)
    assert records.log_lines(found.event) == ["a line"]


def test_a_record_of_before_goes_to_those_who_read_its_table() -> None:
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{NAMES['SeatsTable']}/stream/now"
    record = {"eventSourceARN": arn, "dynamodb": {"SequenceNumber": "1"}}
    found = ways(STACK, "CodesFailures", message(record))
    assert {str(way) for way in found} == {name_of("CountChanges"), name_of("RelayAssignments")}


@pytest.mark.parametrize(
    "body", ["not JSON", "[]", "{}", {"detail-type": "of-nobody.v1"}, {"requestContext": {}}]
)
def test_what_belongs_to_nobody_is_said_to(body: Any) -> None:
    with pytest.raises(UnroutableError):
        ways(STACK, "CodesFailures", message(body))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator["Fake"]:
    with local_aws():
        yield Fake(monkeypatch)


class Fake:
    """A failure queue on moto, with a Lambda that answers as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the queue."""
        self.sqs: Any = boto3.client("sqs", region_name="us-east-1")
        self.url = self.sqs.create_queue(QueueName="failures")["QueueUrl"]
        self.calls: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.said: list[str] = []
        stack = Stack(LOADED, NAMES | {"RewardsFailures": self.url})
        self.queue = Queue(stack, "RewardsFailures", {"region_name": "us-east-1"})
        monkeypatch.setattr(Queue, "client", lambda _, name: self.sqs if name == "sqs" else self)

    def invoke(self, **given: Any) -> dict[str, Any]:
        """Answer as Lambda does."""
        self.calls.append(given)
        payload = json.dumps(self.answer.get("payload")).encode()
        return {**self.answer, "Payload": io.BytesIO(payload)}

    def put(self, *bodies: Any) -> None:
        """Put messages into the queue."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(body))

    def redrive(self, limit: int = 100, *, dry: bool = False) -> tuple[int, int, int]:
        """Redrive; return how many went, stayed, and are there now."""
        done = self.queue.redrive(limit, dry=dry, tell=self.said.append)
        return done.carried, done.stayed, self.queue.count()


def test_what_is_taken_is_deleted_and_nothing_over_the_limit_is_touched(queue: Fake) -> None:
    queue.put(*[OURS | {"id": str(number)} for number in range(5)])
    assert queue.redrive(3) == (3, 0, 2)
    assert len(queue.calls) == 3
    assert {call["InvocationType"] for call in queue.calls} == {"RequestResponse"}
    assert queue.redrive() == (2, 0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        {"FunctionError": "Unhandled", "payload": {"errorType": "KeyError"}},
        {"payload": {"batchItemFailures": [{"itemIdentifier": "1"}]}},
    ],
)
def test_what_fails_again_stays_and_is_tried_once(queue: Fake, answer: dict[str, Any]) -> None:
    queue.answer = answer
    queue.put(OURS, OURS)
    assert queue.redrive() == (0, 2, 2)
    assert len(queue.calls) == 2
    assert all(line.startswith("stays") for line in queue.said)
    queue.answer = {}
    assert queue.redrive() == (2, 0, 0), "it can be seen again at once"


def test_a_dry_run_changes_nothing(queue: Fake) -> None:
    queue.put(OURS, {"detail-type": "of-nobody.v1"})
    assert queue.redrive(dry=True) == (0, 2, 2)
    assert not queue.calls
    assert sorted(line.split()[0] for line in queue.said) == ["stays", "would"]


def test_lines_tell_of_no_person(queue: Fake) -> None:
    queue.put(OURS | {"detail": {"data": {"phone": "+8613800000011"}}})
    queue.redrive(dry=True)
    assert "138" not in "".join(queue.said)


def test_a_function_of_another_stack_is_not_called(queue: Fake) -> None:
    said = {"Function": "somebody-elses", "Kind": "message"}
    attributes = {
        name: {"DataType": "String", "StringValue": value} for name, value in said.items()
    }
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="x", MessageAttributes=attributes)
    assert queue.redrive() == (0, 1, 1)
    assert not queue.calls


def test_the_records_of_a_place_are_read_as_lambda_gives_them() -> None:
    with local_aws():
        place = _written()
        found = streams.event_at(place, {"region_name": "us-east-1"})
        boto3.client("dynamodb", region_name="us-east-1").delete_table(TableName="t")
    assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in found["Records"]] == ["1", "2"]
    (first, _) = found["Records"]
    assert first["dynamodb"]["NewImage"]["b"] == {"B": base64.b64encode(b"\x00\x01").decode()}
    assert isinstance(first["dynamodb"]["ApproximateCreationDateTime"], float)
    json.dumps(found)


def _written() -> dict[str, Any]:
    """Write four items; return the place of the second and the third in the stream."""
    dynamodb: Any = boto3.client("dynamodb", region_name="us-east-1")
    table = dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    for number in range(4):
        item = {"k": {"S": str(number)}, "n": {"N": str(number)}, "b": {"B": b"\x00\x01"}}
        dynamodb.put_item(TableName="t", Item=item)
    arn = table["LatestStreamArn"]
    reader: Any = boto3.client("dynamodbstreams", region_name="us-east-1")
    (shard,) = reader.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    asked = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = reader.get_shard_iterator(**asked)["ShardIterator"]
    every = reader.get_records(ShardIterator=iterator)["Records"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in every]
    return PLACE | {
        "streamArn": arn,
        "shardId": shard["ShardId"],
        "startSequenceNumber": numbers[1],
        "endSequenceNumber": numbers[2],
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--limit", "0"], "from 1 to 10000"),
        (["--limit", "many"], "from 1 to 10000"),
        (["--stage", "moon"], "'prod'"),
    ],
)
def test_a_wrong_word_is_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert told in capsys.readouterr().err


def test_on_aws_a_region_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(SystemExit, match="AWS_DEFAULT_REGION"):
        main(["--stage", "prod"])
