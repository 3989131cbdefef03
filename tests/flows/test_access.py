"""Who may call what: every staff route refuses strangers, forgers and other organisations (F4)."""

import base64
import json
import time
from typing import Any

import pytest

from infra.demo.client import Answer, Client
from tests.support.client import Organization
from tests.support.routes import DOORS, Target

pytestmark = pytest.mark.xdist_group("flows")

STAFF = [route for route, door in DOORS.items() if door.kind == "staff"]
NOT_FOR_MEMBERS = [route for route in STAFF if "member" not in DOORS[route].roles]


def call(target: Target, route: str, client: Client) -> Answer:
    body = target.body(route)
    content = None if body is None else json.dumps(body).encode()
    return client.send(DOORS[route].method, target.path(route), content)


@pytest.fixture(scope="module")
def outsiders(target: Target, beta: Organization) -> dict[str, Client]:
    """Everybody who must not be let in, with the token they bring."""
    anyone, token = target.acme.anyone, str(target.acme.operator.headers["Authorization"])
    head, payload, tail = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    richer = claims | {"cognito:groups": ["admin", "operator"]}
    tokens = {
        "a broken signature": f"{head}.{payload}.{tail[:-8]}AAAAAAAA",
        "other claims": f"{head}.{_encoded(richer)}.{tail}",
        "no algorithm": f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "nonsense": "nonsense",
        "an expired token": _expired(target.acme),
        "another organisation's operator": str(beta.operator.headers["Authorization"]),
    }
    return {"nobody": anyone} | {how: anyone.as_staff(given) for how, given in tokens.items()}


@pytest.mark.parametrize("route", STAFF)
def test_a_staff_route_lets_no_outsider_in(
    target: Target, outsiders: dict[str, Client], route: str
) -> None:
    with target.unchanged():
        found = {how: call(target, route, client).status for how, client in outsiders.items()}
    expected = dict.fromkeys(outsiders, 401) | {"another organisation's operator": 403}
    assert found == expected


@pytest.mark.parametrize("route", NOT_FOR_MEMBERS)
def test_a_member_may_not_do_what_operators_do(target: Target, route: str) -> None:
    with target.unchanged():
        answer = call(target, route, target.acme.members["lin"])
    assert (answer.status, answer.problem) == (403, "forbidden")


def test_a_member_issues_codes_for_themselves_only(acme: Organization) -> None:
    acme.put_member("lin", login=True)
    acme.put_member("zhao")
    lin, path = acme.members["lin"], f"{acme.path}/codes"
    lin.post(path, {"referrer_id": "lin"}).expect(201)
    for body in ({"referrer_id": "zhao"}, {}):
        answer = lin.post(path, body)
        assert (answer.status, answer.problem) == (403, "forbidden")


def test_a_role_that_was_taken_away_is_gone_before_the_token_is(acme: Organization) -> None:
    """F4: writes check the role on the member item, not only the token."""
    acme.put_member("second", "operator", login=True)
    second, path = acme.members["second"], f"{acme.path}/members/someone"
    body = {"name": "Someone", "roles": ["member"]}
    second.put(path, body).expect(200)
    acme.put_member("second", "member")
    answer = second.put(path, body)
    assert (answer.status, answer.problem) == (403, "forbidden")


def test_a_member_without_a_login_any_more_cannot_sign_in(acme: Organization) -> None:
    staff = acme.deployment.staff
    acme.put_member("lin", login=True)
    email = f"lin@{acme.id}.example"
    password = staff.set_password(email)
    staff.token(email, password)
    acme.put_member("lin")  # without a login
    acme.deployment.rest()
    cognito: Any = acme.deployment.aws("cognito-idp")
    with pytest.raises(cognito.exceptions.ClientError) as refused:
        staff.token(email, password)
    assert refused.value.response["Error"]["Code"] in {
        "NotAuthorizedException",
        "UserNotConfirmedException",
    }


def test_an_admin_makes_organisations_and_does_nothing_in_them(acme: Organization) -> None:
    admin = acme.deployment.admin
    for path in (f"{acme.path}/channels", f"{acme.path}/statistics/channels"):
        assert admin.get(path).problem == "forbidden"
    body = {"name": "Again", "first_operator_email": "thief@example.com"}
    taken = admin.put(acme.path, body)
    assert (taken.status, taken.problem) == (409, "organization-exists")
    made = acme.operator.put("/organizations/of-my-own", {"name": "Mine"})
    assert (made.status, made.problem) == (403, "forbidden")


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _expired(acme: Organization) -> str:
    """Return a genuine token of this operator that has run out: of a client of the pool's own."""
    cognito: Any = acme.deployment.aws("cognito-idp")
    staff = acme.deployment.staff
    made = cognito.create_user_pool_client(
        UserPoolId=staff.pool_id,
        ClientName="short",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        IdTokenValidity=1,
        TokenValidityUnits={"IdToken": "seconds"},
    )["UserPoolClient"]
    email = f"operator@{acme.id}.example"
    token = staff.token(email, staff.set_password(email), made["ClientId"])
    time.sleep(2)
    return token
