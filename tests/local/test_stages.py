"""What is done to a stack of a stage on AWS: watched, and what it leaves told (F2)."""

import tomllib
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra import leftovers, released, stages, template, watch
from infra.local.preflight import Unready
from tests.support.aws import local_aws

NAME = "sluice-prod"
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:unwell"
NOTHING = "No updates are to be performed."


def stack(**more: Any) -> dict[str, Any]:
    return {
        "StackName": NAME,
        "CreationTime": "2026-01-01T00:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Parameters": [{"ParameterKey": "Stage", "ParameterValue": "prod"}],
        "Outputs": [{"OutputKey": "UnwellAlarmArn", "OutputValue": ARN}],
        "Tags": [{"Key": "team", "Value": "growth"}],
        "RoleARN": "arn:aws:iam::123456789012:role/deploy",
    } | more


def asked(minutes: int | None, tags: list[dict[str, str]] | None = None) -> dict[str, Any]:
    trigger = {"Arn": ARN, "Type": "AWS::CloudWatch::CompositeAlarm"}
    request: dict[str, Any] = {
        "StackName": NAME,
        "UsePreviousTemplate": True,
        "Capabilities": watch.CAPABILITIES,
        "RollbackConfiguration": {
            "RollbackTriggers": [] if minutes is None else [trigger],
            "MonitoringTimeInMinutes": minutes or 0,
        },
        "Parameters": [{"ParameterKey": "Stage", "UsePreviousValue": True}],
        "RoleARN": "arn:aws:iam::123456789012:role/deploy",
    }
    return request | ({"Tags": tags} if tags else {})


@pytest.fixture
def cloudformation() -> Any:
    return boto3.client("cloudformation", region_name="us-east-1")


@pytest.mark.parametrize("minutes", [15, 0, None])
def test_a_stack_is_watched_as_it_is(cloudformation: Any, minutes: int | None) -> None:
    with Stubber(cloudformation) as aws:
        aws.add_response("describe_stacks", {"Stacks": [stack()]}, {"StackName": NAME})
        aws.add_response("update_stack", {"StackId": "s"}, asked(minutes))
        aws.add_response("describe_stacks", {"Stacks": [stack()]}, {"StackName": NAME})
        watch.watch(cloudformation, NAME, minutes)
        aws.assert_no_pending_responses()


def test_where_aws_sees_nothing_to_do_a_tag_is(cloudformation: Any) -> None:
    tags = [{"Key": "team", "Value": "growth"}, {"Key": "sluice-watched", "Value": "15"}]
    with Stubber(cloudformation) as aws:
        before = stack(Tags=[tags[0], {"Key": "sluice-watched", "Value": "off"}])
        aws.add_response("describe_stacks", {"Stacks": [before]})
        aws.add_client_error("update_stack", "ValidationError", NOTHING)
        aws.add_response("update_stack", {"StackId": "s"}, asked(15, tags))
        aws.add_response("describe_stacks", {"Stacks": [stack()]})
        watch.watch(cloudformation, NAME, 15)
        aws.assert_no_pending_responses()


def test_what_cannot_be_watched_is_told(cloudformation: Any) -> None:
    with Stubber(cloudformation) as aws:
        aws.add_client_error("describe_stacks", "ValidationError", f"{NAME} does not exist")
        with pytest.raises(Unready, match="sam deploy makes it"):
            watch.watch(cloudformation, NAME, 15)
        aws.add_response("describe_stacks", {"Stacks": [stack(Outputs=[])]})
        with pytest.raises(Unready, match="deploy this version first"):
            watch.watch(cloudformation, NAME, 15)
        aws.add_response("describe_stacks", {"Stacks": [stack()]})
        aws.add_client_error("update_stack", "ValidationError", "is in UPDATE_IN_PROGRESS state")
        with pytest.raises(Unready, match="UPDATE_IN_PROGRESS"):
            watch.watch(cloudformation, NAME, 15)


def test_a_stage_is_one_of_samconfigs() -> None:
    assert stages.stack_of("prod") == NAME
    with pytest.raises(Unready, match="STAGE=one of dev, prod"):
        stages.stack_of("production")
    with pytest.raises(Unready, match="make down"):
        stages.stack_of("local")


def test_without_a_region_the_variable_that_boto3_reads_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")  # of the AWS command line only
    with pytest.raises(Unready, match="AWS_DEFAULT_REGION"):
        stages.clients("cloudformation")


@pytest.mark.parametrize("words", [["prod"], ["prod", ""], ["prod", "soon"], ["prod", "181"]])
def test_how_to_watch_is_told_as_make_calls_it(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["watch.py", *words])
    with pytest.raises(SystemExit):
        watch.main()
    assert "make watch STAGE=prod MINUTES=15" in capsys.readouterr().err


def test_every_stage_deploys_with_the_same_capabilities() -> None:
    settings = tomllib.loads((template.ROOT / "samconfig.toml").read_text())
    for stage in ("local", "dev", "prod"):
        parameters = settings[stage]["deploy"]["parameters"]
        assert parameters["capabilities"] == watch.CAPABILITIES
        assert f"Stage={stage}" in parameters["parameter_overrides"]


TEMPLATE = """
Resources:
  CodesTable:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: key, AttributeType: S }]
      KeySchema: [{ AttributeName: key, KeyType: HASH }]
  SendQueue: { Type: AWS::SQS::Queue }
"""


def test_only_what_is_kept_and_there_is_told() -> None:
    """Of a stack that is removed: tests/flows/test_upgrade.py, moto forgets it."""
    with local_aws():
        made = boto3.client("cloudformation", region_name="us-east-1")
        made.create_stack(StackName=NAME, TemplateBody=TEMPLATE)
        (kept,) = leftovers.of(_client, NAME)
        assert kept.name == "CodesTable"
        assert kept.removal == f"aws dynamodb delete-table --table-name {kept.physical}"
        _client("dynamodb").delete_table(TableName=kept.physical)
        assert leftovers.of(_client, NAME) == []
        made.delete_stack(StackName=NAME)


def test_a_stack_that_never_was_leaves_nothing_to_tell() -> None:
    with local_aws(), pytest.raises(Unready, match="was none in 90 days"):
        leftovers.of(_client, "never")


def _client(service: str) -> Any:
    made: Any = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    return made


def test_everything_that_is_kept_has_a_command_that_removes_it() -> None:
    kinds = set(released.shape(template.load())["kept"].values())
    assert kinds == leftovers.KINDS.keys()
