"""What wakes a function from a queue, a schedule and a state machine, and what it says then."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ConnectTimeoutError, ParamValidationError

from sluice.shared import events, settings
from sluice.shared.errors import Contention, NotFound
from tests.support.aws import local_aws

BUSY = [Contention(), ConnectTimeoutError(endpoint_url="https://nowhere")]
BROKEN = [NotFound(), KeyError("x"), ParamValidationError(report="?")]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def aside() -> list[str]:
    queue, url = boto3.client("sqs"), settings.text("FAILURES_QUEUE_URL")
    found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def batch(error: Exception) -> tuple[dict[str, Any], list[str]]:
    """Deliver three messages of which the second fails: the answer and what ran."""
    done = []

    @events.messages
    def take(body: str) -> None:
        if body == "b":
            raise error
        done.append(body)

    records = [{"messageId": f"m-{body}", "body": body} for body in "abc"]
    return take({"Records": records}, None), done


@pytest.mark.parametrize("error", BUSY)
def test_a_message_comes_again_alone_while_aws_is_busy(error: Exception) -> None:
    answer, done = batch(error)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-b"}]}
    assert done == ["a", "c"]
    assert aside() == []


@pytest.mark.parametrize("error", BROKEN)
def test_a_message_that_would_fail_again_is_set_aside(error: Exception) -> None:
    answer, done = batch(error)
    assert answer == {"batchItemFailures": []}
    assert done == ["a", "c"]
    assert aside() == ["b"], "as it came, so that it can be moved back"


def test_a_message_that_cannot_even_be_set_aside_comes_again_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the others did is not done again, nor what they would do left undone."""
    monkeypatch.setattr(events, "client", lambda _: Full())
    answer, done = batch(KeyError("x"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-b"}]}
    assert done == ["a", "c"]


class Full:
    """A queue that takes nothing."""

    def send_message(self, **_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://nowhere")


class Task(msgspec.Struct):
    """A task's input."""

    token: str


@pytest.mark.parametrize(
    ("error", "told"),
    [(None, []), *((e, [("t-1", True)]) for e in BUSY), *((e, [("t-1", False)]) for e in BROKEN)],
)
def test_a_task_that_fails_is_told_and_not_raised(
    error: Exception | None, told: list[tuple[str, bool]]
) -> None:
    found = []

    def tell(task: Task, busy: bool) -> None:  # noqa: FBT001 - as events.task calls it
        found.append((task.token, busy))

    @events.task(Task, tell)
    def run(_: Task) -> None:
        if error is not None:
            raise error

    run({"token": "t-1"}, None)
    assert found == told


class Left:
    """Lambda's context, with some time left."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.mark.parametrize(
    ("context", "seconds"),
    [(Left(60_000), 45), (Left(10_000), -5), (None, events.UNTIMED_SECONDS)],
)
def test_a_scheduled_function_ends_before_lambda_does(
    monkeypatch: pytest.MonkeyPatch, context: Any, seconds: float
) -> None:
    given: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0)
    events.scheduled(given.append)({}, context)
    assert given == [1_000.0 + seconds]
