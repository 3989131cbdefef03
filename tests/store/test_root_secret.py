"""The root secret is remembered, rotated and missed: what derived keys hang on (F3)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from sluice.codes import identities, visitors
from sluice.shared import root_secret, signing
from sluice.shared.clients import client
from sluice.shared.errors import ConfigurationError, Contention, Invalid
from tests.support.aws import ROOT_SECRET, local_aws

NAME = "test-root"
NOW = datetime.now(UTC)
OTHER = "another root of all keys"


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


def put(text: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString=text)


def rotate() -> None:
    put(OTHER)


def unreachable() -> Exception:
    return ConnectTimeoutError(endpoint_url="https://secretsmanager")


def said(code: str) -> Exception:
    return ClientError({"Error": {"Code": code}}, "GetSecretValue")


def test_it_is_asked_for_once_in_five_minutes(clock: Clock, asked: dict[str, Any]) -> None:
    assert root_secret.read().identity == ROOT_SECRET
    clock.now += 299
    assert root_secret.read().identity == ROOT_SECRET
    assert asked["count"] == 1


@pytest.mark.usefixtures("asked")
def test_a_rotated_secret_is_taken_within_five_minutes_and_changes_every_key(clock: Clock) -> None:
    before = signing.derived_key("visitor")
    rotate()
    assert signing.derived_key("visitor") == before
    clock.now += 301
    assert root_secret.read().identity == OTHER
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
    assert root_secret.read().identity == ROOT_SECRET
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
    assert root_secret.read().identity == OTHER


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


def test_a_leaked_root_is_replaced_and_customers_stay_who_they_are(clock: Clock) -> None:
    """Tokens out there verify as long as the old root is listed; ids of persons never change."""
    customer = identities.visitor_customer("acme", "v1")
    old = visitors.token("v1", "CODE", NOW)
    both = {"identity": ROOT_SECRET, "signing": [OTHER, ROOT_SECRET]}
    put(json.dumps(both))
    clock.now += 301
    new = visitors.token("v1", "CODE", NOW)
    assert [visitors.visitor_in(token, "CODE") for token in (old, new)] == ["v1", "v1"]
    put(json.dumps(both | {"signing": [OTHER]}))
    clock.now += 301
    assert visitors.visitor_in(new, "CODE") == "v1"
    with pytest.raises(Invalid):
        visitors.visitor_in(old, "CODE")
    assert identities.visitor_customer("acme", "v1") == customer


@pytest.mark.parametrize(
    "text", ['{"identity": "short", "signing": []}', '{"signing": ["x"]}', "{", '{"other": 1}']
)
def test_a_root_that_is_none_says_so(text: str) -> None:
    with pytest.raises(ConfigurationError, match="RootSecret"):
        root_secret.parse(text)
