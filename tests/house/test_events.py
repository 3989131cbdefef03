"""Every event.json is what its function gets from AWS: it names the function's own route."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest

from infra import template
from infra.openapi import discovery
from sluice.shared import sheets
from tests.house import tree
from tests.house.each import each
from tests.support.aws import local_aws
from tests.support.staff import found_organization

GATEWAY = {"httpMethod", "resource", "path", "headers", "requestContext", "body", "isBase64Encoded"}
EVENTS: dict[str, Any] = {
    tree.logical_id(folder): json.loads((folder / "event.json").read_text())
    for folder in discovery.folders()
    if (folder / "event.json").exists()
}
HTTP = [name for name in EVENTS if name in tree.handlers() and tree.handlers()[name].operation]
SIGNED = {"partner", "provider"}
STAFF_CLAIMS = {"custom:member_id": "boss", "custom:organization_id": "acme"}


@dataclass(frozen=True)
class Context:
    """What handlers may read of Lambda's context."""

    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    function_name: str = "test"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


@each(lambda: HTTP)
def test_an_http_event_has_what_api_gateway_sends(logical_id: str) -> None:
    event = EVENTS[logical_id]
    assert event.keys() >= GATEWAY, f"{logical_id} lacks {sorted(GATEWAY - event.keys())}"
    assert event["requestContext"]["identity"]["sourceIp"]
    assert event["requestContext"]["requestId"]


@each(lambda: HTTP)
def test_an_http_event_takes_a_door_of_its_function(logical_id: str) -> None:
    event, operation = EVENTS[logical_id], tree.handlers()[logical_id].operation
    assert operation is not None
    routes = [door.route for door in operation.doors]
    assert f"{event['httpMethod']} {event['resource']}" in routes
    parameters = event.get("pathParameters") or {}
    assert event["resource"].replace("+}", "}").format_map(parameters) == event["path"]


@each(lambda: HTTP)
def test_an_http_events_body_can_be_read_by_people(logical_id: str) -> None:
    event = EVENTS[logical_id]
    assert event["isBase64Encoded"] is False
    if event["headers"].get("Content-Type") == sheets.MEDIA_TYPE:
        assert event["body"].splitlines()[0].count(",") > 1, "it is not CSV"
    elif event["body"]:
        json.loads(event["body"])


@each(lambda: HTTP)
def test_a_staff_event_is_signed_in_as_the_operator_of_the_samples(logical_id: str) -> None:
    event, operation = EVENTS[logical_id], tree.handlers()[logical_id].operation
    assert operation is not None
    route = f"{event['httpMethod']} {event['resource']}"
    (door,) = (door for door in operation.doors if door.route == route)
    claims = event["requestContext"].get("authorizer", {}).get("claims", {})
    if door.kind == "staff":
        is_admin = "admin" in door.roles and "admin" in claims["cognito:groups"]
        assert is_admin or claims.items() >= STAFF_CLAIMS.items()
        assert event["pathParameters"]["organization_id"] == "acme"
    else:
        assert not claims


@each(lambda: [name for name in EVENTS if name not in HTTP])
def test_another_event_comes_from_a_source_the_function_has(logical_id: str) -> None:
    """A stream's and a queue's records name their source; EventBridge names a detail type."""
    event = EVENTS[logical_id]
    sources = {source["Type"] for source in tree.events(tree.functions()[logical_id]).values()}
    for record in event.get("Records", []):
        wanted = {"aws:dynamodb": "DynamoDB", "aws:sqs": "SQS"}[record["eventSource"]]
        assert wanted in sources
    patterns = [
        target.pattern["detail-type"]
        for target in tree.targets()
        if target.function == logical_id and target.pattern
    ]
    if patterns:
        assert any(event["detail-type"] in pattern for pattern in patterns)
        assert event["detail"].keys() >= {"id", "type", "organization_id", "version", "data"}


@pytest.mark.parametrize("logical_id", EVENTS)
def test_an_event_runs(logical_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On an organisation with people and nothing else; what is signed in a file is too old."""
    handler = tree.handlers()[logical_id]
    with local_aws():
        found_organization()
        for variable, arn in _state_machines().items():
            monkeypatch.setenv(variable, arn)
        answer = handler.module.handler(EVENTS[logical_id], Context())
    if handler.operation is not None:
        kinds = {door.kind for door in handler.operation.doors}
        signed = kinds & SIGNED or "Authorization" in EVENTS[logical_id]["headers"]
        unwanted = {400, 403} if signed else {400, 401, 403}
        assert answer["statusCode"] < 500, answer["body"]
        assert answer["statusCode"] not in unwanted, answer["body"]


@cache
def _state_machines() -> dict[str, str]:
    """Make the template's state machines, empty: what names them, by their variables."""
    machines = tree.resources("AWS::Serverless::StateMachine")
    return {
        variable: boto3.client("stepfunctions").create_state_machine(
            name=logical_id,
            definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::123456789012:role/test",
        )["stateMachineArn"]
        for variable, logical_id in template.environment(tree.loaded()).items()
        if logical_id in machines
    }
