"""The state machine's file and the Python it calls name the same things (E2)."""

import importlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from sluice.push import executions
from sluice.push.rules.strategies import MAX_CHANNELS, MAX_WAIT_SECONDS
from sluice.push.rules.windows import QuietHours, longest
from sluice.push.steps import Task
from tests.support.cfnlint_data import DATA

FILE = Path(__file__).parents[2] / "infra" / "push_chain.asl.yaml"
SCHEMA = DATA / "schemas" / "other" / "step_functions" / "statemachine.json"
OURS = {executions.NOT_RECEIVED, executions.FAILED, executions.BUSY}
STARTED_WITH = {"organization_id", "push_id", "position", "waits"}  # executions.start


@pytest.fixture(name="definition")
def _definition() -> Any:
    return yaml.safe_load(FILE.read_text())


@pytest.fixture(name="attempt")
def _attempt(definition: Any) -> Any:
    return definition["States"]["Attempt"]


def test_it_is_a_state_machine(definition: Any, attempt: Any) -> None:
    """As cfn-lint sees it, which does not open the files that SAM uploads."""
    attempt["QueryLanguage"] = definition["QueryLanguage"]  # its schema looks in the state
    schema = json.loads(SCHEMA.read_text())
    importlib.import_module("jsonschema").Draft7Validator(schema).validate(definition)
    assert definition["QueryLanguage"] == "JSONata"
    assert attempt["Resource"].endswith(":lambda:invoke.waitForTaskToken")


def test_the_payload_is_what_the_step_takes(attempt: Any) -> None:
    payload = attempt["Arguments"]["Payload"]
    assert set(payload) == {field.name for field in fields(Task)}
    assert payload.pop("task_token") == "{% $states.context.Task.Token %}"
    assert payload == {name: f"{{% $states.input.{name} %}}" for name in payload}


def test_every_error_of_ours_is_known_on_both_sides(attempt: Any) -> None:
    named = [
        name for part in ("Retry", "Catch") for one in attempt[part] for name in one["ErrorEquals"]
    ]
    assert {name for name in named if name.startswith("Push.")} == OURS
    assert len(named) == len(set(named))


def test_the_input_is_what_the_execution_is_started_with(attempt: Any) -> None:
    read = set(re.findall(r"\$states\.input\.(\w+)", json.dumps(attempt)))
    assert read == STARTED_WITH


def test_an_attempt_is_one_transition(definition: Any, attempt: Any) -> None:
    """The ordinary ways out are the end and the state itself; retries are bounded."""
    assert definition["StartAt"] == "Attempt"
    assert attempt["End"] is True
    ordinary = {"States.Timeout", executions.NOT_RECEIVED}
    (caught,) = [one for one in attempt["Catch"] if ordinary & set(one["ErrorEquals"])]
    assert ordinary <= set(caught["ErrorEquals"])
    assert caught["Next"] == "Attempt"
    assert attempt["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert all(1 <= one["MaxAttempts"] <= 3 for one in attempt["Retry"])


def test_the_loop_ends_where_the_waits_do(definition: Any, attempt: Any) -> None:
    """Past the last position the timeout has no value, and that error leaves the loop first."""
    assert attempt["TimeoutSeconds"] == "{% $states.input.waits[$states.input.position] %}"
    first = attempt["Catch"][0]
    assert first["ErrorEquals"] == ["States.QueryEvaluationError"]
    assert definition["States"][first["Next"]]["Type"] == "Succeed"
    for caught in attempt["Catch"][1:]:
        assert "'position': $states.input.position + 1" in caught["Output"]


def test_no_execution_stays_longer_than_its_waits_can_take(definition: Any) -> None:
    longest_wait = longest(MAX_WAIT_SECONDS, QuietHours("16:00", "08:00"))
    assert MAX_CHANNELS * longest_wait < definition["TimeoutSeconds"] < 150 * 86_400
