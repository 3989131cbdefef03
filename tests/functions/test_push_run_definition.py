"""The state machine of runs and the Python it calls name the same things (E8)."""

import importlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from infra import template
from sluice.push.rules.runs import Advance
from sluice.push.runs.sending import BatchTask
from sluice.push.runs.steps import Next, RunTask
from sluice.push.store.run_batches import MAX_LISTED
from tests.support.cfnlint_data import DATA

FILE = Path(__file__).parents[2] / "infra" / "push_run.asl.yaml"
SCHEMA = DATA / "schemas" / "other" / "step_functions" / "statemachine.json"
STATE_LIMIT_BYTES = 262_144  # that a state may hand on
EXPRESS_SECONDS = 300
STARTED_WITH = {"organization_id", "run_id", "generation"}  # executions.start_run


@pytest.fixture(name="definition")
def _definition() -> Any:
    return yaml.safe_load(FILE.read_text())


@pytest.fixture(name="child")
def _child(definition: Any) -> Any:
    return definition["States"]["Send"]["ItemProcessor"]["States"]["SendBatch"]


def fields(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__)


def timeout_of(function: str) -> int:
    resources = template.load()["Resources"]
    return int(resources[function]["Properties"]["Timeout"])


def test_it_is_a_state_machine(definition: Any) -> None:
    schema = json.loads(SCHEMA.read_text())
    importlib.import_module("jsonschema").Draft7Validator(schema).validate(definition)


def test_the_input_is_what_the_execution_is_started_with(definition: Any) -> None:
    payload = definition["States"]["Advance"]["Parameters"]["Payload"]
    assert payload == {f"{name}.$": f"$.{name}" for name in STARTED_WITH}
    assert fields(RunTask) == STARTED_WITH


def test_every_answer_has_its_way(definition: Any) -> None:
    """What is neither to be prepared nor to be sent ends the execution."""
    choice = definition["States"]["WhatNext"]
    ways = {one["StringEquals"]: one["Next"] for one in choice["Choices"]}
    assert ways == {Advance.PREPARE.value: "Advance", Advance.SEND.value: "Rest"}
    assert {one["Variable"] for one in choice["Choices"]} == {"$.next"}
    assert definition["States"][choice["Default"]]["Type"] == "Succeed"
    assert {"next", "batches", "wait_seconds"} <= fields(Next)
    assert definition["States"]["Rest"]["SecondsPath"] == "$.wait_seconds"
    assert definition["States"]["Rest"]["Next"] == "Send"


def test_a_child_gets_what_send_batch_takes(definition: Any, child: Any) -> None:
    send = definition["States"]["Send"]
    given = {name.removesuffix(".$"): source for name, source in send["ItemSelector"].items()}
    assert set(given) == fields(BatchTask)
    assert given.pop("batch") == "$$.Map.Item.Value"
    assert given == {name: f"$.{name}" for name in given}
    assert set(given) <= fields(Next)
    assert send["ItemsPath"] == "$.batches"
    assert child["Parameters"]["Payload.$"] == "$"


def test_batches_are_sent_by_express_children_and_around_again(definition: Any) -> None:
    """A child that fails leaves its batch pending: nothing fails the run."""
    send = definition["States"]["Send"]
    config = send["ItemProcessor"]["ProcessorConfig"]
    assert config == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    assert send["ToleratedFailurePercentage"] == 100
    assert send["Next"] == "Advance"
    assert 1 <= send["MaxConcurrency"] <= 1000


def test_what_states_hand_on_fits(definition: Any, child: Any) -> None:
    """The numbers of the batches of a round, and what all children answer."""
    names = ("organization_id", "run_id")
    said = dict.fromkeys(names, "x" * 64) | {"generation": 10**6, "next": "send"}
    said |= {"batches": list(range(10**6, 10**6 + MAX_LISTED)), "wait_seconds": 300}
    assert len(json.dumps(said)) < STATE_LIMIT_BYTES
    assert child["OutputPath"] == "$.Payload", "not the headers of the call"
    assert len(json.dumps([False] * MAX_LISTED)) < STATE_LIMIT_BYTES
    assert definition["States"]["Send"]["ResultPath"] is None


def test_functions_end_before_their_states_do(definition: Any, child: Any) -> None:
    assert timeout_of("AdvanceRun") < definition["States"]["Advance"]["TimeoutSeconds"]
    assert timeout_of("SendBatch") < child["TimeoutSeconds"] < EXPRESS_SECONDS
