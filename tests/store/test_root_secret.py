"""The root secret is remembered, rotated and missed: what derived keys hang on (F3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from sluice.shared import root_secret, signing
from sluice.shared.clients import client
from sluice.shared.errors import Contention
from tests.support.aws import ROOT_SECRET, local_aws

NAME = "test-root"


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        root_secret.forget()
        yield
        boto3.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString=ROOT_SECRET)
        root_secret.forget()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(root_secret, "time", made)
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Count the requests, and let them fail with `error` where the test sets one."""
    state: dict[str, Any] = {"count": 0, "error": None}
    original = client("secretsmanager").get_secret_value

    def get_secret_value(**arguments: Any) -> Any:
        state["count"] += 1
        if state["error"] is not None:
            raise state["error"]
        return original(**arguments)

    monkeypatch.setattr(client("secretsmanager"), "get_secret_value", get_secret_value)
    return state


def rotate() -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString="another")


def unreachable() -> Exception:
    return ConnectTimeoutError(endpoint_url="https://secretsmanager")


def said(code: str) -> Exception:
    return ClientError({"Error": {"Code": code}}, "GetSecretValue")


def test_it_is_asked_for_once_in_five_minutes(clock: Clock, asked: dict[str, Any]) -> None:
    assert root_secret.read() == ROOT_SECRET.encode()
    clock.now += 299
    assert root_secret.read() == ROOT_SECRET.encode()
    assert asked["count"] == 1


@pytest.mark.usefixtures("asked")
def test_a_rotated_secret_is_taken_within_five_minutes_and_changes_every_key(clock: Clock) -> None:
    before = signing.derived_key("visitor")
    rotate()
    assert signing.derived_key("visitor") == before
    clock.now += 301
    assert root_secret.read() == b"another"
    assert signing.derived_key("visitor") != before


@pytest.mark.parametrize(
    "error", [unreachable(), said("ThrottlingException"), said("InternalServiceError")]
)
def test_where_nobody_answers_the_known_one_is_good_for_an_hour(
    clock: Clock, asked: dict[str, Any], error: Exception
) -> None:
    root_secret.read()
    asked["error"] = error
    clock.now += 3_500
    assert root_secret.read() == ROOT_SECRET.encode()
    clock.now += 101
    with pytest.raises(Contention):
        root_secret.read()


def test_where_nobody_answers_they_are_asked_again_each_half_minute_only(
    clock: Clock, asked: dict[str, Any]
) -> None:
    root_secret.read()
    asked["error"] = unreachable()
    clock.now += 301
    for _ in range(5):
        root_secret.read()
    assert asked["count"] == 2
    clock.now += 31
    rotate()
    asked["error"] = None
    assert root_secret.read() == b"another"


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_secret_that_is_taken_away_is_not_used_any_longer(
    clock: Clock, asked: dict[str, Any], code: str
) -> None:
    root_secret.read()
    asked["error"] = said(code)
    clock.now += 301
    with pytest.raises(Contention):
        root_secret.read()


@pytest.mark.usefixtures("clock")
def test_a_function_that_never_knew_it_says_busy(asked: dict[str, Any]) -> None:
    asked["error"] = unreachable()
    with pytest.raises(Contention):
        signing.make_token(
            signing.derived_key("visitor"), "a", "b", datetime.now(UTC), timedelta(minutes=1)
        )
