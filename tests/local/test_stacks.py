"""The stacks beside the root, on an embedded AWS: they come up, and refuse what is wrong (F2).

What they do on AWS nobody here has seen; that they are whole, and their messages, can be. Not the
network: the embedded AWS has no NAT gateway.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra import template
from infra.local import ministack
from infra.local.deploy import session
from infra.local.instance import Instance
from infra.local.preflight import free_port

pytestmark = pytest.mark.proof  # a server of their own: what holds of files is in tests/house

API_URL = "https://abc.execute-api.eu-west-1.amazonaws.com/prod"
BEHIND = {"ApiUrl": API_URL, "EdgeSecret": "a" * 64}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a"


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, Any]]:
    """How to reach an embedded AWS that holds nothing."""
    instance = Instance("stacks", free_port())
    try:
        ministack.start(instance, fresh=True)
        yield session(instance)
    finally:
        ministack.stop(instance)


def made(aws: dict[str, Any], file: str, name: str, **parameters: str) -> dict[str, str]:
    """Make a stack; return its outputs."""
    cloudformation = boto3.client("cloudformation", **aws)
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=(template.ROOT / "infra" / file).read_text(),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def test_an_edge_comes_up_before_the_api_and_shows_itself(aws: dict[str, Any]) -> None:
    outputs = made(aws, "edge.yaml", "edge", **BEHIND)
    assert outputs["EdgeUrl"] == f"https://{outputs['EdgeTarget']}"
    cloudfront = boto3.client("cloudfront", **aws)
    (listed,) = cloudfront.list_distributions()["DistributionList"]["Items"]
    (origin,) = listed["Origins"]["Items"]
    assert f"https://{origin['DomainName']}{origin['OriginPath']}" == API_URL
    assert origin["CustomHeaders"]["Items"] == [
        {"HeaderName": "x-sluice-edge", "HeaderValue": BEHIND["EdgeSecret"]}
    ]
    own = {"DomainName": "s.example.com", "CertificateArn": CERTIFICATE, "Firewall": "block"}
    assert made(aws, "edge.yaml", "own", **BEHIND, **own)["EdgeUrl"] == "https://s.example.com"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Give ApiUrl"),
        ({"ApiUrl": API_URL}, "Give EdgeSecret"),
        (BEHIND | {"DomainName": "s.example.com"}, "belong together"),
        (BEHIND | {"CertificateArn": CERTIFICATE}, "belong together"),
    ],
)
def test_an_edge_that_would_not_work_is_refused(
    aws: dict[str, Any], given: dict[str, str], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        made(aws, "edge.yaml", "refused", **given)


def test_rights_come_up_for_people_and_for_a_repository(aws: dict[str, Any]) -> None:
    outputs = made(aws, "deployer.yaml", "deployer", StackName="sluice-prod")
    assert outputs.keys() == {"DeployRoleArn", "DeployerPolicyArn"}
    role = outputs["DeployRoleArn"].rpartition("/")[2]
    policies = boto3.client("iam", **aws).list_attached_role_policies(RoleName=role)
    assert len(policies["AttachedPolicies"]) == 3
