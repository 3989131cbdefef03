"""How a function starts in Lambda (F3): without the collector, with its first reads done."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sluice.shared import clients, priming, start, telemetry
from sluice.shared.table import connection

LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"


@pytest.fixture
def _in_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(LAMBDA, "AssignChannel")
    yield
    gc.enable()
    gc.unfreeze()


def refuse() -> None:
    raise TimeoutError("AWS did not answer")


@pytest.mark.usefixtures("_in_lambda")
def test_nothing_is_collected_until_the_first_call_and_everything_after_it() -> None:
    start.begin()
    assert not gc.isenabled()
    with telemetry.invocation("first", {}, None):
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0


def test_outside_lambda_the_collector_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LAMBDA, raising=False)
    start.begin()
    assert gc.isenabled()


@pytest.mark.usefixtures("_in_lambda")
def test_reads_are_done_in_turn_when_a_function_starts() -> None:
    done: list[int] = []
    priming.prime([lambda: done.append(1), lambda: done.append(2)])
    assert done == [1, 2]


@pytest.mark.usefixtures("_in_lambda")
def test_a_read_that_fails_ends_the_priming_is_logged_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []
    logged: list[str] = []
    monkeypatch.setattr(telemetry.logger, "warning", lambda name, **_: logged.append(name))
    priming.prime([lambda: done.append(1), refuse, lambda: done.append(2)])
    assert done == [1]
    assert logged == ["not_primed"]


def test_outside_lambda_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LAMBDA, raising=False)
    priming.prime([refuse])


def test_a_join_can_start_where_aws_does_not_answer() -> None:
    """Its priming fails within its timeouts; the function is there all the same."""
    script = (
        "import os; import tests.conftest\n"
        "os.environ.update(AWS_LAMBDA_FUNCTION_NAME='x', AWS_ENDPOINT_URL='http://127.0.0.1:1')\n"
        "from functions.codes.assign_channel.handler import handler\n"
        "assert callable(handler)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "not_primed" in done.stdout


def test_every_wait_for_aws_ends_before_a_function_does() -> None:
    for made in (clients.client("secretsmanager"), connection.client):
        config = made.meta.config
        attempts = config.retries["total_max_attempts"]
        assert attempts * (config.connect_timeout + config.read_timeout) < 10
