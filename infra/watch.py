"""Have CloudFormation take a release back when an alarm goes off during it (decision 37).

`make watch STAGE=prod MINUTES=15`: the alarm of all alarms is watched during every update, and for
so many minutes after. CloudFormation keeps that for the stack; `sam deploy` leaves it as it is.
`MINUTES=off` ends it, for a fix that has to go out while an alarm is on.
"""

from __future__ import annotations

import argparse
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from infra import stages
from infra.local.preflight import Unready

ALARM = "UnwellAlarmArn"  # an output
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
USAGE = "make watch STAGE=prod MINUTES=15 (or MINUTES=off)"
TAG = "sluice-watched"
MAX_MINUTES = 180
WAIT = {"Delay": 10, "MaxAttempts": 180}  # half an hour: a tag reaches every resource


def configuration(stack: dict[str, Any], minutes: int | None) -> dict[str, Any]:
    """What CloudFormation is to watch, nothing for None. Raises Unready: there is no alarm yet."""
    if minutes is None:
        return {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0}
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    if ALARM not in outputs:
        raise Unready(f"{stack['StackName']} has no {ALARM}: deploy this version first")
    trigger = {"Arn": outputs[ALARM], "Type": "AWS::CloudWatch::CompositeAlarm"}
    return {"RollbackTriggers": [trigger], "MonitoringTimeInMinutes": minutes}


def watch(cloudformation: Any, name: str, minutes: int | None) -> None:
    """Set it, with everything else as it is, and wait until it is so.

    Raises:
        Unready: there is no such stack, or CloudFormation refused.
    """
    stack = stages.described(cloudformation, name)
    if stack is None:
        raise Unready(f"There is no stack {name} in this region: sam deploy makes it")
    request = {
        "StackName": name,
        "UsePreviousTemplate": True,
        "Capabilities": CAPABILITIES,
        "RollbackConfiguration": configuration(stack, minutes),
        "Parameters": [
            {"ParameterKey": one["ParameterKey"], "UsePreviousValue": True}
            for one in stack.get("Parameters", [])
        ],
    }
    if stack.get("RoleARN"):
        request["RoleARN"] = stack["RoleARN"]
    try:
        _update(cloudformation, request, stack.get("Tags", []), minutes)
    except (ClientError, WaiterError) as error:
        raise Unready(f"CloudFormation refused: {error}") from None


def _update(
    cloudformation: Any, request: dict[str, Any], tags: list[dict[str, str]], minutes: int | None
) -> None:
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        kept = [tag for tag in tags if tag["Key"] != TAG]  # then with something to do
        changed = {"Key": TAG, "Value": "off" if minutes is None else str(minutes)}
        cloudformation.update_stack(**request, Tags=[*kept, changed])
    waiter = cloudformation.get_waiter("stack_update_complete")
    waiter.wait(StackName=request["StackName"], WaiterConfig=WAIT)


def _minutes(text: str) -> int | None:
    if text == "off":
        return None
    if not text.isdecimal() or int(text) > MAX_MINUTES:
        raise argparse.ArgumentTypeError(f"a number up to {MAX_MINUTES}, or off")
    return int(text)


def main() -> None:
    """The command line: a stage and the minutes."""
    parser = argparse.ArgumentParser(prog="make watch", usage=USAGE, description=__doc__)
    parser.add_argument("stage")
    parser.add_argument("minutes", type=_minutes, help="after an update, or off")
    options = parser.parse_args()
    name = stages.stack_of(options.stage)
    watch(stages.clients("cloudformation"), name, options.minutes)
    if options.minutes is None:
        print(f"Releases of {name} are not watched.")
    else:
        print(f"Releases of {name} are watched, and for {options.minutes} minutes after.")


if __name__ == "__main__":
    main()
