"""A rush reads one list of channels from one partition: what serves while that is too busy (A5)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sluice.codes.store import channels, loading, pool
from tests.support.aws import local_aws
from tests.support.codes import check_counters, issue_code, join, open_channel
from tests.support.staff import found_organization

BUSY = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Query")
WRONG = ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "Query")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        open_channel("a")
        open_channel("b")
        issue_code()
        yield
        check_counters()


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Seconds that have passed on the clock of memories, as a test says."""
    seconds, monotonic = [0.0], time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: monotonic() + seconds[0])
    yield seconds
    monkeypatch.undo()
    pool.forget()


def _fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[int]:
    asked = [0]

    def candidates(*_: Any) -> Any:
        asked[0] += 1
        raise error

    monkeypatch.setattr(loading, "candidates", candidates)
    return asked


def test_joins_go_on_with_the_list_they_know_for_a_minute(
    monkeypatch: pytest.MonkeyPatch, passed: list[float]
) -> None:
    join("x")
    asked = _fail(monkeypatch, BUSY)
    passed[0] = 4
    assert join("y").is_new
    assert join("z").is_new
    assert asked == [1], "a list that could not be read is not asked for by each join"
    passed[0] = 61
    with pytest.raises(ClientError):
        join("late")


def test_a_list_that_was_never_read_or_is_asked_for_wrongly_is_an_error(
    monkeypatch: pytest.MonkeyPatch, passed: list[float]
) -> None:
    _fail(monkeypatch, BUSY)
    with pytest.raises(ClientError):
        join("x")
    monkeypatch.undo()
    pool.forget()
    join("x")
    _fail(monkeypatch, WRONG)
    with pytest.raises(ClientError):
        pool.pool("acme", fresh=True)
    assert passed == [0.0]


def test_a_channel_removed_meanwhile_gets_nobody(
    monkeypatch: pytest.MonkeyPatch, passed: list[float]
) -> None:
    """A9: the write refuses it, however old the list is."""
    join("x")
    channels.remove_channel("acme", "a")
    _fail(monkeypatch, BUSY)
    passed[0] = 30
    assert {join(f"v{n}").assignment.channel_id for n in range(6)} == {"b"}
