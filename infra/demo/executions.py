"""What the push chain cost at Step Functions: state transitions, counted in its history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3

from infra.local.deploy import resources, session

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_boto3_stepfunctions import SFNClient

    from infra.local.instance import Instance

STATE_MACHINE = "PushChain"
MAX_EXECUTIONS = 1_000  # looked through, the newest first
MAX_EVENTS = 1_000


def transitions(instance: Instance, push_ids: Collection[str]) -> dict[str, int]:
    """Return how many states the execution of each push entered."""
    states = boto3.client("stepfunctions", **session(instance))
    machine = resources(instance)[STATE_MACHINE]
    found: dict[str, int] = {}
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"MaxItems": MAX_EXECUTIONS}
    )
    for page in pages:
        for execution in page["executions"]:
            if len(found) == len(push_ids):
                return found
            arn = execution["executionArn"]
            given = json.loads(states.describe_execution(executionArn=arn)["input"])
            if given["push_id"] in push_ids:
                found[given["push_id"]] = _entered(states, arn)
    return found


def _entered(states: SFNClient, arn: str) -> int:
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=arn, PaginationConfig={"MaxItems": MAX_EVENTS}
    )
    return sum(event["type"].endswith("StateEntered") for page in pages for event in page["events"])
