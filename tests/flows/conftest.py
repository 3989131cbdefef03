"""One deployment for all flows: an embedded AWS of their own, beside the demo's."""

from collections.abc import Iterator

import pytest

from infra.demo.client import Client
from infra.demo.staff import ADMIN, Staff
from infra.local import ministack
from infra.local.deploy import deploy
from infra.local.instance import Instance
from infra.local.preflight import free_port
from tests.support.client import Deployment, Organization, eventually, found_organization
from tests.support.routes import Target


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """Start, build, deploy, sign in the admin; end it with what it started."""
    instance = Instance("flows", free_port())
    try:
        ministack.start(instance, fresh=True)
        outputs = deploy(instance, quick=True)
        staff = Staff(instance, outputs)
        token = staff.token(ADMIN, staff.make_admin())
        yield Deployment(instance, staff, Client(instance.url).as_staff(token))
    finally:
        ministack.stop(instance)


@pytest.fixture
def acme(deployment: Deployment) -> Organization:
    """An organisation of the test's own, in Shanghai time, that rewards its referrers."""
    return found_organization(
        deployment,
        time_zone="Asia/Shanghai",
        referral_reward={"amount_minor": 500, "currency": "CNY"},
    )


@pytest.fixture(scope="session")
def beta(deployment: Deployment) -> Organization:
    """Another organisation, whose operator has no business elsewhere."""
    return found_organization(deployment)


@pytest.fixture(scope="session")
def target(deployment: Deployment) -> Target:
    """An organisation with one of everything, at rest, for calls that must change nothing."""
    acme = found_organization(deployment)
    acme.put_member("lin", login=True)
    acme.put_channel("a")
    code = acme.issue()
    token = acme.scan(code)
    seat = acme.seat(code, token)
    channel = {"channel": "sms", "wait_seconds": 1, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/chain", strategy).expect(200)
    push = {"strategy_id": "chain", "user_id": "u-1", "content": {"title": "T", "body": "B"}}
    push_id = acme.operator.post(f"{acme.path}/pushes", push).expect(202).json["push_id"]
    path = f"{acme.path}/pushes/{push_id}"
    eventually(
        "the push to end", lambda: acme.operator.get(path).json["status"] != "running" or None
    )
    deployment.rest()
    names = {
        "organization_id": acme.id,
        "code": code,
        "channel_id": "a",
        "member_id": "lin",
        "partner_id": "shop",
        "account_id": "lin",
        "provider_account_id": "sandbox",
        "strategy_id": "chain",
        "dimension": "channels",
        "push_id": push_id,
    }
    return Target(acme, names, token, seat["assignment_id"])
