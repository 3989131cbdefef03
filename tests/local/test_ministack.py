"""Starting and stopping: a second instance beside the first, kept state, clear refusals."""

import socket
from collections.abc import Iterator

import boto3
import pytest

from infra.local import ministack
from infra.local.deploy import session
from infra.local.instance import WECHAT_OFFSET, Instance
from infra.local.preflight import Unready, free_port, need_tool

pytestmark = pytest.mark.xdist_group("ministack")

LENT = 32_768  # the first port that Linux lends to outgoing connections


@pytest.fixture
def instance() -> Iterator[Instance]:
    server = Instance("test-ministack", free_port())
    yield server
    ministack.stop(server)


def test_what_was_stored_survives_a_stop_and_fresh_forgets_it(instance: Instance) -> None:
    ministack.start(instance, fresh=True)
    ministack.start(instance)  # no effect on one that runs
    s3 = boto3.client("s3", **session(instance))
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="item", Body=b"content")

    assert ministack.stop(instance)
    assert not ministack.is_running(instance)
    ministack.start(instance)
    assert s3.get_object(Bucket="kept", Key="item")["Body"].read() == b"content"

    ministack.stop(instance)
    ministack.start(instance, fresh=True)
    assert s3.list_buckets()["Buckets"] == []


def test_it_listens_on_the_loopback_address_only(instance: Instance) -> None:
    ministack.start(instance)
    with socket.socket() as stranger:
        # Another of this machine's addresses: it would answer, were all interfaces taken.
        assert stranger.connect_ex(("127.0.0.2", instance.port)) != 0


def test_a_taken_port_is_refused_in_one_line(instance: Instance) -> None:
    with socket.create_server(("127.0.0.1", instance.port)), pytest.raises(Unready) as refused:
        ministack.start(instance)
    assert f"Port {instance.port} on 127.0.0.1 is in use" in str(refused.value)
    assert "SLUICE_PORT=" in str(refused.value)


def test_one_that_runs_on_another_port_is_told_at_once(instance: Instance) -> None:
    ministack.start(instance)
    elsewhere = Instance(instance.name, free_port())
    with pytest.raises(Unready, match=f"SLUICE_PORT={instance.port}"):
        ministack.start(elsewhere)
    with pytest.raises(Unready, match=f"SLUICE_PORT={instance.port}"):
        ministack.need(elsewhere)


def test_what_does_not_run_is_needed(instance: Instance) -> None:
    """Whatever else listens on its port."""
    with pytest.raises(Unready, match="make demo"):
        ministack.need(instance)
    never_answers = socket.create_server(("127.0.0.1", instance.port))
    with never_answers, pytest.raises(Unready, match="make demo"):
        ministack.need(instance)


def test_a_free_port_and_those_of_its_doubles_are_lent_to_nobody() -> None:
    """A test's own many connections must not sit where its double is to listen."""
    assert all(free_port() + WECHAT_OFFSET < LENT for _ in range(50))


@pytest.mark.parametrize("port", ["many", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_in_one_line(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_PORT", port)
    with pytest.raises(Unready, match=f"SLUICE_PORT={port}"):
        Instance()


def test_stopping_what_does_not_run_says_so(instance: Instance) -> None:
    assert not ministack.stop(instance)


def test_a_missing_tool_is_named_with_its_purpose() -> None:
    with pytest.raises(Unready, match=r"no-such-tool is missing \(brewing needs it\)"):
        need_tool("no-such-tool", "brewing")
