"""Things are broken on purpose, watched, mended and redriven: what docs/runbooks says (F6)."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from infra import template
from infra.local.deploy import session
from infra.redrive.carrying import Done, Queue
from infra.redrive.messages import Stack
from tests.support.client import Deployment, Organization, eventually, found_organization

pytestmark = pytest.mark.xdist_group("flows")

# For each queue a function of its context, and an event that it cannot take: without data.
POISON = {
    "CampaignsFailures": ("FollowEvents", "reward.reversed.v1"),
    "CodesFailures": ("AlarmProvider", "provider.abnormal.v1"),
    "InvitationsFailures": ("ImportPeople", "people_import.requested.v1"),
    "OrganizationsFailures": ("SyncLogin", "member.changed.v1"),
    "PromotersFailures": ("CountTasks", "promoter.visited.v1"),
    "PushFailures": ("SendNotice", "notice.wanted.v1"),
    "RewardsFailures": ("AdvancePayout", "payout.requested.v1"),
}
QUEUES = [*POISON, "SharedFailures"]
POISONED = {"key": {"S": "nobody#poison"}}  # an item of the outbox without an event


def queue_of(deployment: Deployment, name: str) -> Queue:
    deployment.resource(name)
    stack = Stack(template.load(), deployment.names)
    return Queue(stack, name, session(deployment.instance))


def redrive(queue: Queue, *, dry: bool = False) -> tuple[Done, list[str]]:
    said: list[str] = []
    return queue.redrive(50, dry=dry, tell=said.append), said


def tell(
    deployment: Deployment, function: str, event_type: str, organization_id: str, **data: Any
) -> None:
    """Invoke a function as EventBridge does, and leave what it fails at to its queue.

    The embedded CloudFormation leaves a function's dead-letter queue out, so it is given here.
    """
    name, functions = deployment.resource(function), deployment.aws("lambda")
    properties = template.resources(template.load(), template.FUNCTION)[function]
    queue, _ = properties["DeadLetterQueue"]["TargetArn"]["Fn::GetAtt"]
    asked = {"QueueUrl": deployment.resource(queue), "AttributeNames": ["QueueArn"]}
    arn = deployment.aws("sqs").get_queue_attributes(**asked)["Attributes"]["QueueArn"]
    functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": arn})
    detail = {
        "id": secrets.token_hex(8),
        "type": event_type,
        "organization_id": organization_id,
        "occurred_at": datetime.now(UTC).isoformat(),
        "version": 1,
        "data": data,
    }
    event = {"detail-type": event_type, "source": "sluice", "detail": detail}
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())


@pytest.fixture
def emptied(deployment: Deployment) -> Iterator[None]:
    """Leave no poison behind for others."""
    yield
    outbox = deployment.resource("OutboxTable")
    deployment.aws("dynamodb").delete_item(TableName=outbox, Key=POISONED)
    for queue in QUEUES:
        deployment.aws("sqs").purge_queue(QueueUrl=deployment.resource(queue))


@pytest.mark.usefixtures("emptied")
def test_what_no_function_can_take_waits_in_its_contexts_queue_and_stays_there(
    deployment: Deployment,
) -> None:
    """Eight runbooks: what each failure queue shows when its context is broken."""
    queues = {name: queue_of(deployment, name) for name in QUEUES}
    before = {name: queue.count() for name, queue in queues.items()}
    for function, event_type in POISON.values():
        tell(deployment, function, event_type, "nobody")
    outbox = deployment.resource("OutboxTable")
    deployment.aws("dynamodb").put_item(TableName=outbox, Item=POISONED)
    for name, queue in queues.items():
        _came(queue, before[name])
        done, said = redrive(queue, dry=True)
        assert (done.carried, done.stayed) == (0, len(said))
        assert all(line.startswith("would go") for line in said), said
    (name, queue), *_ = queues.items()
    done, said = redrive(queue)
    assert done.carried == 0, said
    assert queue.count() == len(said), "what fails again was dropped"


def _came(queue: Queue, before: int) -> None:
    look = lambda: queue.count() > before or None  # noqa: E731
    eventually(f"a message in {queue.name}", look)


@pytest.mark.usefixtures("emptied")
def test_a_reward_that_failed_is_granted_once_when_it_is_redriven(deployment: Deployment) -> None:
    acme = found_organization(deployment)
    customer = "0" * 25 + "1"
    queue = queue_of(deployment, "RewardsFailures")
    deployment.rest()  # what others connected must not fail here
    with broken(deployment, "RewardReferral", "ORGANIZATIONS_TABLE"):
        before = queue.count()
        acme.operator.put(acme.path, _rewarding()).expect(200)
        told = {"customer_id": customer, "referrer_id": "lin", "is_first": True}
        tell(deployment, "RewardReferral", "assignment.connected.v1", acme.id, **told)
        _came(queue, before)
        done, said = redrive(queue)
        assert done.stayed == 1, said
        assert acme.account("lin")["entries"] == []
    assert queue.count() == before + 1
    done, said = redrive(queue)
    assert done.carried == 1, said
    assert queue.count() == before
    assert len(acme.account("lin")["entries"]) == 1
    tell(deployment, "RewardReferral", "assignment.connected.v1", acme.id, **told)
    deployment.rest()
    assert len(acme.account("lin")["entries"]) == 1


def _rewarding() -> dict[str, Any]:
    reward = {"amount_minor": 500, "currency": "CNY"}
    return {"name": "Acme", "time_zone": "UTC", "locale": "en", "referral_reward": reward}


@contextmanager
def broken(deployment: Deployment, function: str, variable: str) -> Iterator[None]:
    """Deploy a fault: a function that looks for its table under a wrong name."""
    functions, name = deployment.aws("lambda"), deployment.resource(function)
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    wrong = {"Variables": variables | {variable: "wrong"}}
    functions.update_function_configuration(FunctionName=name, Environment=wrong)
    try:
        yield
    finally:
        right = {"Variables": variables}
        functions.update_function_configuration(FunctionName=name, Environment=right)


def test_server_errors_have_their_traceback_under_the_callers_correlation_id(
    deployment: Deployment, acme: Organization
) -> None:
    path = f"{acme.path}/accounts/lin"
    with broken(deployment, "ReadAccount", "ACCOUNTS_TABLE"):
        answer = acme.operator.get(path).expect(500)
        correlation_id = answer.headers["x-correlation-id"]
        lines = eventually("its lines", lambda: _lines(deployment, correlation_id) or None)
    assert any("exception_name" in line for line in lines), lines
    acme.operator.get(path).expect(200)


def _lines(deployment: Deployment, correlation_id: str) -> list[dict[str, Any]]:
    found = deployment.aws("logs").filter_log_events(
        logGroupName=deployment.resource("RewardsLogs"), filterPattern=f'"{correlation_id}"'
    )
    return [json.loads(event["message"]) for event in found["events"]]


@pytest.mark.proof
@pytest.mark.parametrize("function", ["RelayOutbox", "RelayAssignments"])
def test_a_relay_that_stands_still_loses_nothing(
    deployment: Deployment, acme: Organization, function: str
) -> None:
    acme.put_member("lin")
    acme.put_channel("a")
    code = acme.issue("lin")
    with standing(deployment, function):
        acme.tell(acme.seat(code))
        acme.operator.put(f"{acme.path}/members/ann", {"name": "Ann", "roles": ["member"]})
        if function == "RelayOutbox":
            assert deployment.items(acme.id)["OutboxTable"]
        assert function != "RelayAssignments" or acme.account("lin")["entries"] == []
    eventually("the reward", lambda: acme.account("lin")["entries"] or None)
    deployment.rest()
    assert not deployment.items(acme.id)["OutboxTable"]
    assert len(acme.account("lin")["entries"]) == 1


@contextmanager
def standing(deployment: Deployment, function: str) -> Iterator[None]:
    """Stop a function's stream, as a disabled mapping does."""
    functions, name = deployment.aws("lambda"), deployment.resource(function)
    found = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    for mapping in found:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        for mapping in found:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def test_the_dashboard_is_deployed_with_the_names_of_this_stack(deployment: Deployment) -> None:
    name = deployment.resource("Dashboard")
    body = deployment.aws("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    assert "${" not in body
    assert len(json.loads(body)["widgets"]) > 10
    assert (
        deployment.resource("HandleScan")[:12] in body
        or deployment.resource("CountChanges") in body
    )
