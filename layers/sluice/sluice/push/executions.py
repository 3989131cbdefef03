"""The chain's executions in Step Functions: started, told, asked after.

Task tokens come from the attempts' items and go nowhere else: they are in no log and no answer.
"""

from collections.abc import Sequence

import msgspec
from botocore.exceptions import ClientError

from sluice.shared import settings, telemetry
from sluice.shared.claims import hash_of
from sluice.shared.clients import client

# The contract with infra/push_chain.asl.yaml
NOT_RECEIVED = "Push.NotReceived"  # go on to the next channel
FAILED = "Push.Failed"  # a fault of ours: go on too
BUSY = "Push.Busy"  # AWS was too busy: try the same channel again

RUNNING = "RUNNING"
GONE = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


def start(organization_id: str, push_id: str, waits: Sequence[int], position: int = 0) -> bool:
    """Start a push's execution: one request. Returns False when it was started before.

    A push of a run begins at position 1: its first message was sent without an execution.

    Its name is a hash of organisation and push, so that it can be started once only; its input
    holds ids and waits, nothing else.
    """
    given = {
        "organization_id": organization_id,
        "push_id": push_id,
        "position": position,
        "waits": list(waits),
    }
    try:
        client("stepfunctions").start_execution(
            stateMachineArn=settings.text("PUSH_CHAIN_ARN"),
            name=hash_of(organization_id, push_id),
            input=msgspec.json.encode(given).decode(),
        )
    except ClientError as error:
        if _code(error) != "ExecutionAlreadyExists":
            raise
        return False
    return True


def start_run(organization_id: str, run_id: str, generation: int) -> bool:
    """Start an execution of a run: one request. Returns False when it was started before.

    Each time that the run is set going is a generation, and has one execution.
    """
    given = {"organization_id": organization_id, "run_id": run_id, "generation": generation}
    try:
        client("stepfunctions").start_execution(
            stateMachineArn=settings.text("PUSH_RUN_ARN"),
            name=_run_name(organization_id, run_id, generation),
            input=msgspec.json.encode(given).decode(),
        )
    except ClientError as error:
        if _code(error) != "ExecutionAlreadyExists":
            raise
        return False
    return True


def run_is_going(organization_id: str, run_id: str, generation: int) -> bool:
    """Tell whether the execution of a run goes on: one request."""
    return _status("PUSH_RUN_ARN", _run_name(organization_id, run_id, generation)) == RUNNING


def _run_name(organization_id: str, run_id: str, generation: int) -> str:
    return hash_of("run", organization_id, run_id, str(generation))


def status_of(organization_id: str, push_id: str) -> str | None:
    """Return the status of a push's execution: one request.

    None: there is none, or it was started just now: what describes it lags behind.
    """
    return _status("PUSH_CHAIN_ARN", hash_of(organization_id, push_id))


def _status(variable: str, name: str) -> str | None:
    machine = settings.text(variable).replace(":stateMachine:", ":execution:")
    try:
        answer = client("stepfunctions").describe_execution(executionArn=f"{machine}:{name}")
    except ClientError as error:
        if _code(error) != "ExecutionDoesNotExist":
            raise
        return None
    return str(answer["status"])


def succeed(task_token: str | None, outcome: str) -> bool:
    """End the execution: one request. Returns False when nobody waits with this token.

    Without a token there is no execution, and nothing to tell.
    """
    if task_token is None:
        return True
    output = msgspec.json.encode({"outcome": outcome}).decode()
    try:
        client("stepfunctions").send_task_success(taskToken=task_token, output=output)
    except ClientError as error:
        return _gone(error)
    return True


def fail(task_token: str | None, error_name: str) -> bool:
    """Make the waiting task fail: one request. Returns False when nobody waits with this token.

    Without a token there is no execution, and nothing to tell.
    """
    if task_token is None:
        return True
    try:
        client("stepfunctions").send_task_failure(taskToken=task_token, error=error_name)
    except ClientError as error:
        return _gone(error)
    return True


def _gone(error: ClientError) -> bool:
    """Note that the task is over, which is no fault: its timer or somebody else was faster."""
    if _code(error) not in GONE:
        raise error
    telemetry.note(task="gone")
    return False


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
