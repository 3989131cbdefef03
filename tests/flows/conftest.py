"""Organisations on the one deployment (`tests.support.deployed`)."""

import pytest

from tests.support.client import Deployment, Organization, eventually, found_organization
from tests.support.routes import Target


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
    code = acme.issue(reservation_seconds=86_400)  # the seat outlasts the tests
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
    names = acme.names(code, push_id, seat["assignment_id"])
    return Target(acme, names, token, seat["assignment_id"])
