"""Who deploys has the rights that the template's resource types need, and no others (F2, F4)."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from infra import template
from tests.house import deploying, tree
from tests.house.each import each
from tests.house.test_permissions import known_actions

DEPLOYER = template.load(template.ROOT / "infra" / "deployer.yaml")
OF_THE_STACK = ["DeployData", "DeployCode", "DeployMessages"]
# What no resource type lists: the transform runs in the name of who deploys.
BESIDES = {"cloudformation:CreateChangeSet"}
SAM_CALLS = re.compile(r"client\.([a-z_]+)\(")
MAX_POLICY = 6144  # characters of a managed policy, spaces not counted
# Places where names do not begin with the stack's, and why.
OTHER_NAMES = {
    "apigateway:": "an API's id is drawn",
    "cognito-idp:": "a pool's id is drawn",
    ":event-source-mapping:*": "its id is drawn",
    ":layer:*Layer": "SAM calls a layer as the template does",
    ":layer:*Layer:*": "its versions",
    ":secret:RootSecret-*": "called as in the template",
    ":stateMachine:Push*": "called as in the template",
    ":log-group:sns/*": "the log that SNS itself makes",
    "route53:::": "the operator's zone",
    "aws-sam-cli-managed-default-": "where SAM uploads to",
    ":aws:transform/Serverless-2016-10-31": "SAM's transform",
}


def _statements(policy: str) -> list[dict[str, Any]]:
    document = DEPLOYER["Resources"][policy]["Properties"]["PolicyDocument"]
    found: list[dict[str, Any]] = document["Statement"]
    return found


def _actions(policy: str) -> set[str]:
    return {action for one in _statements(policy) for action in _listed(one["Action"])}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _exists(action: str) -> bool:
    """Registry entries name some actions that IAM has not."""
    service, name = action.split(":")
    return name.lower() in known_actions().get(service, {}).get("Actions", {})


GRANTED = set[str]().union(*map(_actions, OF_THE_STACK))


@each(deploying.kinds)
def test_a_type_of_the_template_can_be_deployed(kind: str) -> None:
    missing = {action for action in deploying.needed(kind) if _exists(action)} - GRANTED
    assert not missing, f"{kind} needs {sorted(missing)}: into infra/deployer.yaml"


def test_no_right_is_given_that_no_type_needs() -> None:
    needed = {action for kind in deploying.kinds() for action in deploying.needed(kind)}
    assert not GRANTED - needed - BESIDES


def test_what_the_template_holds_is_not_for_who_deploys_it() -> None:
    data = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "secretsmanager:GetSecretValue"}
    assert not GRANTED & data
    assert not {action for action in GRANTED if action.startswith("kms:")}


@each(lambda: [*OF_THE_STACK, "Deployer"])
def test_a_policy_fits_and_names_actions_that_exist(policy: str) -> None:
    assert all(map(_exists, _actions(policy)))
    document = DEPLOYER["Resources"][policy]["Properties"]["PolicyDocument"]
    long_name = {"${StackName}": "s" * 24, "${AWS::Region}": "ap-southeast-2"}
    text = json.dumps(document, separators=(",", ":"))
    for name, value in long_name.items():
        text = text.replace(name, value)
    assert len(text) < MAX_POLICY


@each(lambda: OF_THE_STACK)
def test_a_right_is_for_things_of_the_stack(policy: str) -> None:
    for statement in _statements(policy):
        actions = _listed(statement["Action"])
        for resource in _listed(statement["Resource"]):
            if resource == "*":
                nameless = [action for action in actions if not _has_resource(action)]
                assert nameless == actions, "these can be given for something"
                continue
            place = resource["Fn::Sub"]
            assert "${StackName}-" in place or any(name in place for name in OTHER_NAMES), place


def _has_resource(action: str) -> bool:
    if action == "cloudwatch:DescribeAlarms":
        return False  # an alarm can be named, but it is also asked for all
    service, name = action.split(":")
    return bool(known_actions()[service]["Actions"][name.lower()].get("Resources"))


def test_roles_are_passed_to_what_the_template_gives_them_to() -> None:
    (passing,) = [
        one for one in _statements("DeployCode") if "iam:PassRole" in _listed(one["Action"])
    ]
    principals = [one["Principal"] for one in tree.walk(deploying.roles()) if _trusts(one)]
    served = {name for one in principals for name in _listed(one["Service"])}
    assert set(passing["Condition"]["StringEquals"]["iam:PassedToService"]) == served


def _trusts(part: object) -> bool:
    return isinstance(part, dict) and "Principal" in part


def test_people_deploy_by_the_role_alone() -> None:
    """What CloudFormation may, they may not by themselves."""
    allowed = _actions("Deployer")
    services = {action.split(":")[0] for action in allowed}
    assert services == {"cloudformation", "s3", "iam"}
    (passing,) = [one for one in _statements("Deployer") if one["Action"] == "iam:PassRole"]
    assert passing["Resource"] == {"Fn::GetAtt": ["DeployRole", "Arn"]}
    for one in _statements("Deployer"):
        if any(action.startswith("s3:") for action in _listed(one["Action"])):
            places = [place["Fn::Sub"] for place in one["Resource"]]
            assert all("aws-sam-cli-managed-default-" in place for place in places)


def test_people_may_call_what_sam_calls() -> None:
    """`sam deploy` and `sam delete`, by their source; `sam sync` alone makes stacks."""
    places = ("deploy/deployer.py", "delete/cfn_utils.py", "utils/managed_cloudformation_stack.py")
    library = Path(str(distribution("aws-sam-cli").locate_file("samcli/lib")))
    calls = {name for place in places for name in SAM_CALLS.findall((library / place).read_text())}
    asked = {"".join(word.title() for word in name.split("_")) for name in calls}
    asked -= {"GetWaiter", "GetPaginator", "CreateStack"}
    assert len(asked) > 8, "SAM's source is written otherwise now"
    assert {f"cloudformation:{name}" for name in asked} <= _actions("Deployer")


def test_a_pipeline_is_one_environment_of_one_repository() -> None:
    trust = DEPLOYER["Resources"]["Pipeline"]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    asked = statement["Condition"]["StringEquals"]
    subject = asked["token.actions.githubusercontent.com:sub"]["Fn::Sub"]
    assert subject == "repo:${GitHubRepository}:environment:${GitHubEnvironment}"
    assert asked["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
