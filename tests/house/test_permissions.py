"""Exact actions on exact resources: no function may do more than its operation needs (F4)."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.house import tree
from tests.house.each import each
from tests.support.cfnlint_data import DATA

ACTIONS = {"Action", "NotAction"}
# What cannot be named, and why. Anything else with a `*` fails.
_DELIVERY = "how a state machine logs is set up for the account, not for a log group"
_TASK = "the task token is the right; Step Functions names no resource"
ACTIONS_WITHOUT_RESOURCE = {
    "logs:CreateLogDelivery": _DELIVERY,
    "logs:DeleteLogDelivery": _DELIVERY,
    "logs:DescribeLogGroups": _DELIVERY,
    "logs:DescribeResourcePolicies": _DELIVERY,
    "logs:GetLogDelivery": _DELIVERY,
    "logs:ListLogDeliveries": _DELIVERY,
    "logs:PutResourcePolicy": _DELIVERY,
    "logs:UpdateLogDelivery": _DELIVERY,
    "states:SendTaskFailure": _TASK,
    "states:SendTaskSuccess": _TASK,
}
# A phone number is no resource of SNS, so the right to send to any has to be for everything.
NUMBERS = {"sns:Publish"}
NAMED_WILDCARDS = {
    "/index/*": "the indexes of one table, which has the right itself",
    ":secret:sluice/*": "secrets that operators make, each organisation's under its name",
    ":identity/*": "senders of e-mail that operators verify with SES",
    ":configuration-set/*": "where SES and End User Messaging tell what became of a message",
    ":phone-number/*": "what operators send SMS from",
    ":pool/*": "what operators send SMS from",
    ":sender-id/*": "what operators send SMS from",
    ":execution:${PushChain.Name}:*": "the executions of one state machine, one for each push",
    ":execution:${PushRun.Name}:*": "the executions of one state machine, of runs and batches",
    ":function:${Prefix}*": "this stack's functions, whose names begin with the stack's",
    "${CampaignFiles.Arn}/made/*": "what was made of campaigns",
    "${CampaignFiles.Arn}/pictures/*": "the pictures of campaigns",
    "${PeopleLists.Arn}/*": "the lists in one bucket, those of each import",
    "${RunLists.Arn}/*": "the lists in one bucket, one for each run",
}


@cache
def _statements() -> dict[str, Any]:
    return {
        f"{logical_id}[{number}]": part
        for logical_id, resource in tree.loaded()["Resources"].items()
        for number, part in enumerate(filter(_is_statement, tree.walk(resource.get("Properties"))))
    }


def _is_statement(part: object) -> bool:
    return isinstance(part, dict) and "Effect" in part and not part.keys().isdisjoint(ACTIONS)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def known_actions() -> dict[str, Any]:
    """Return AWS's own list of actions and their resource types, as cfn-lint carries it."""
    listed = DATA / "AdditionalSpecs" / "Policies.json"
    known: dict[str, Any] = json.loads(listed.read_text())
    return known


def _texts(value: object) -> Iterator[str]:
    return (part for part in tree.walk(value) if isinstance(part, str))


@each(_statements)
def test_a_statement_names_its_actions(where: str) -> None:
    statement = _statements()[where]
    assert "NotAction" not in statement
    for action in _listed(statement["Action"]):
        assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), f"{where}: {action}"
        service, name = action.split(":")
        assert name.lower() in known_actions()[service]["Actions"], f"{where}: no such {action}"


@each(_statements)
def test_a_statement_names_its_resources(where: str) -> None:
    statement = _statements()[where]
    assert "NotResource" not in statement
    actions = set(_listed(statement["Action"]))
    if actions <= ACTIONS_WITHOUT_RESOURCE.keys() or actions == NUMBERS:
        return
    if "Principal" in statement and actions == {"sts:AssumeRole"}:
        return  # who may take a role on: the resource is the role that says so
    for resource in _listed(statement.get("Resource", "*")):
        for text in _texts(resource):
            named = next((end for end in NAMED_WILDCARDS if text.endswith(end)), "")
            assert "*" not in text.removesuffix(named), f"{where}: {sorted(actions)} on {text}"


@each(lambda: ACTIONS_WITHOUT_RESOURCE)
def test_an_excepted_action_has_no_resource_and_is_needed(action: str) -> None:
    service, name = action.split(":")
    assert not known_actions()[service]["Actions"][name.lower()].get("Resources")
    granted = {
        each for statement in _statements().values() for each in _listed(statement["Action"])
    }
    assert action in granted, f"nothing needs {action}: strike it from the exceptions"


@each(tree.functions)
def test_a_function_has_a_role_of_its_own_with_statements_only(logical_id: str) -> None:
    """A ready-made policy (SAM's, AWS's) or a shared role grants what nobody here has listed."""
    function = tree.functions()[logical_id]
    assert "Role" not in function
    for policy in _listed(function.get("Policies", [])):
        assert isinstance(policy, dict), f"{logical_id}: {policy}"
        assert set(policy) <= {"Statement", "Version"}, f"{logical_id}: {sorted(policy)}"


def test_nothing_is_granted_to_all_functions_at_once() -> None:
    assert "Policies" not in tree.loaded()["Globals"]["Function"]
    assert "Role" not in tree.loaded()["Globals"]["Function"]


def test_a_state_machine_is_granted_statements_only() -> None:
    for logical_id, machine in tree.resources("AWS::Serverless::StateMachine").items():
        for policy in _listed(machine.get("Policies", [])):
            assert set(policy) <= {"Statement", "Version"}, f"{logical_id}: {policy}"


def test_an_import_may_do_what_a_put_of_one_may() -> None:
    """Each line is the PUT's own write: a right that one gets, the other needs (F7)."""
    functions = tree.functions()
    assert functions["ImportChannels"]["Policies"] == functions["PutChannel"]["Policies"]
    assert functions["ImportMembers"]["Policies"] == functions["PutMember"]["Policies"]
