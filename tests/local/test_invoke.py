"""The Lambda runtime emulator (F2): a function answers, raises, overruns, or lacks a package."""

import json
from pathlib import Path

import pytest

from infra.local import invoke
from infra.local.instance import Instance
from infra.local.preflight import free_port

HANDLERS = {
    "Answer": "import boto3, layered\ndef handler(event, _):\n    return [layered.TEXT, event]",
    "Fail": "def handler(event, context):\n    raise KeyError('no seat')",
    "Overrun": "def handler(event, context):\n    while True:\n        pass",
    "Lacking": "import pytest\ndef handler(event, context):\n    pass",
    "Variables": "import os\ndef handler(event, context):\n    return dict(os.environ)",
}
TEMPLATE = """
Parameters: {Stage: {Type: String, Default: dev}}
Globals:
  Function:
    Handler: handler.handler
    Timeout: 10
    Layers: [{Ref: SharedLayer}]
    Environment: {Variables: {STAGE: {Ref: Stage}, TABLE: {Ref: ThingsTable}}}
Resources:
"""
NOWHERE = Instance("test-invoke", free_port())


@pytest.fixture(autouse=True)
def _built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = TEMPLATE
    for name, code in HANDLERS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "handler.py").write_text(code)
        own = "{Timeout: 1}" if name == "Overrun" else "{}"
        template += f"  {name}: {{Type: AWS::Serverless::Function, Properties: {own}}}\n"
    layer = tmp_path / "SharedLayer" / "python"
    layer.mkdir(parents=True)
    (layer / "layered.py").write_text("TEXT = 'layer'")
    (tmp_path / "template.yaml").write_text(template)
    monkeypatch.setattr(invoke, "BUILT", tmp_path)
    monkeypatch.setattr(invoke, "BUILT_TEMPLATE", tmp_path / "template.yaml")


def test_a_function_answers_call_after_call() -> None:
    with invoke.emulated("things/answer", instance=NOWHERE) as call:
        assert call({"n": 1}) == invoke.Answer(["layer", {"n": 1}], failed=False)
        assert call(2) == invoke.Answer(["layer", 2], failed=False)


def test_an_exception_keeps_its_class() -> None:
    with invoke.emulated("things/fail", instance=NOWHERE) as call:
        answer = call({})
    assert answer.failed
    assert answer.payload["errorType"] == "KeyError"


def test_a_function_that_overruns_is_ended() -> None:
    with invoke.emulated("things/overrun", instance=NOWHERE) as call:
        assert call({}) == invoke.Answer("Task timed out after 1.00 seconds", failed=True)


def test_a_package_of_this_machine_is_not_the_functions() -> None:
    with invoke.emulated("things/lacking", instance=NOWHERE) as call:
        answer = call({})
    assert answer.failed
    assert "No module named 'pytest'" in answer.payload["errorMessage"]


def test_variables_stand_in_where_nothing_is_deployed() -> None:
    with invoke.emulated("things/variables", instance=NOWHERE) as call:
        seen = call({}).payload
    assert (seen["STAGE"], seen["TABLE"]) == ("dev", "ThingsTable")
    assert seen["AWS_ENDPOINT_URL"] == NOWHERE.endpoint  # never the real AWS


def test_an_event_speaks_of_the_organisation_that_the_demo_made(tmp_path: Path) -> None:
    event = '{"path": "/organizations/acme/codes", "claims": {"custom:member_id": "boss"}}'
    assert invoke.as_in_the_demo(event, tmp_path / "demo.json") == json.loads(event)
    (tmp_path / "demo.json").write_text('{"organization_id": "tea-1"}')
    assert invoke.as_in_the_demo(event, tmp_path / "demo.json") == {
        "path": "/organizations/tea-1/codes",
        "claims": {"custom:member_id": "first-operator"},
    }


def test_a_folder_names_its_resource() -> None:
    assert invoke.logical_id("codes/issue_code") == "IssueCode"
