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

# For each queue an event that a function of its context listens to and cannot take: without data.
POISON = {
    "CampaignsFailures": "reward.reversed.v1",
    "CodesFailures": "provider.abnormal.v1",
    "InvitationsFailures": "people_import.requested.v1",
    "OrganizationsFailures": "member.changed.v1",
    "PromotersFailures": "promoter.visited.v1",
    "PushFailures": "notice.wanted.v1",
    "RewardsFailures": "payout.requested.v1",
}
LISTENERS = {  # to these, and to what is tried below
    "FollowEvents",
    "AlarmProvider",
    "ImportPeople",
    "SyncLogin",
    "CountTasks",
    "SendNotice",
    "AdvancePayout",
    "RewardReferral",
}
AFTER_RETRIES_SECONDS = 60.0


def queue_of(deployment: Deployment, name: str) -> Queue:
    deployment.resource(name)
    stack = Stack(template.load(), deployment.names)
    return Queue(stack, name, session(deployment.instance))


def redrive(queue: Queue, *, dry: bool = False) -> tuple[Done, list[str]]:
    said: list[str] = []
    return queue.redrive(50, dry=dry, tell=said.append), said


def put_event(deployment: Deployment, event_type: str, organization_id: str, **data: Any) -> None:
    detail = {
        "id": secrets.token_hex(8),
        "type": event_type,
        "organization_id": organization_id,
        "occurred_at": datetime.now(UTC).isoformat(),
        "version": 1,
        "data": data,
    }
    entry = {
        "EventBusName": deployment.resource("EventBus"),
        "Source": "sluice",
        "DetailType": event_type,
        "Detail": json.dumps(detail),
    }
    assert deployment.aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture
def emptied(deployment: Deployment) -> Iterator[None]:
    """Give functions their dead-letter queues, and leave no poison behind for others.

    The embedded CloudFormation leaves a function's DeadLetterQueue out.
    """
    functions, loaded = deployment.aws("lambda"), template.load()
    given = {
        name: function["DeadLetterQueue"]["TargetArn"]["Fn::GetAtt"][0]
        for name, function in template.resources(loaded, template.FUNCTION).items()
        if name in LISTENERS
    }
    for name, queue in given.items():
        url = deployment.resource(queue)
        wanted = deployment.aws("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=["QueueArn"]
        )
        _set(functions, deployment.resource(name), wanted["Attributes"]["QueueArn"])
    yield
    for name in given:
        _set(functions, deployment.resource(name), "")
    for queue in [*POISON, "SharedFailures"]:
        deployment.aws("sqs").purge_queue(QueueUrl=deployment.resource(queue))


def _set(functions: Any, name: str, queue_arn: str) -> None:
    functions.update_function_configuration(
        FunctionName=name, DeadLetterConfig={"TargetArn": queue_arn}
    )


@pytest.mark.usefixtures("emptied")
def test_what_no_function_can_take_waits_in_its_contexts_queue_and_stays_there(
    deployment: Deployment,
) -> None:
    """Eight runbooks: what each failure queue shows when its context is broken."""
    queues = {name: queue_of(deployment, name) for name in [*POISON, "SharedFailures"]}
    before = {name: queue.count() for name, queue in queues.items()}
    for event_type in POISON.values():
        put_event(deployment, event_type, "nobody")
    deployment.aws("dynamodb").put_item(
        TableName=deployment.resource("OutboxTable"), Item={"key": {"S": "nobody#poison"}}
    )
    for name, queue in queues.items():
        _came(queue, before[name])
        done, said = redrive(queue, dry=True)
        assert done.carried == 0
        assert "would go" in said[-1], said
        done, said = redrive(queue)
        assert said, name
    deployment.aws("dynamodb").delete_item(
        TableName=deployment.resource("OutboxTable"), Key={"key": {"S": "nobody#poison"}}
    )
    assert all(queue.count() for queue in queues.values()), "what fails again was dropped"


def _came(queue: Queue, before: int) -> None:
    look = lambda: queue.count() > before or None  # noqa: E731
    eventually(f"a message in {queue.name}", look, AFTER_RETRIES_SECONDS)


@pytest.mark.usefixtures("emptied")
def test_a_reward_that_failed_is_granted_once_when_it_is_redriven(deployment: Deployment) -> None:
    acme = found_organization(deployment)
    customer = "0" * 25 + "1"
    queue = queue_of(deployment, "RewardsFailures")
    with broken(deployment, "RewardReferral", "ORGANIZATIONS_TABLE"):
        before = queue.count()
        acme.operator.put(acme.path, _rewarding()).expect(200)
        told = {"customer_id": customer, "referrer_id": "lin", "is_first": True}
        put_event(deployment, "assignment.connected.v1", acme.id, **told)
        _came(queue, before)
        done, said = redrive(queue)
        assert done.stayed == 1, said
        assert acme.account("lin")["entries"] == []
    assert queue.count() == before + 1
    done, said = redrive(queue)
    assert done.carried == 1, said
    assert queue.count() == before
    assert len(acme.account("lin")["entries"]) == 1
    put_event(deployment, "assignment.connected.v1", acme.id, **told)
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
