"""Who may call what: what the table of docs/access.md cannot show (F4)."""

import pytest
from botocore.exceptions import ClientError

from infra.demo.client import Answer, Client, encode
from tests.access.tokens import expired, forged
from tests.support.client import Organization, eventually
from tests.support.routes import DOORS, Target, some_and_all

STAFF = [route for route, door in DOORS.items() if door.kind == "staff"]


def call(target: Target, route: str, client: Client) -> Answer:
    body = target.body(route)
    content = None if body is None else encode(body)
    return client.send(DOORS[route].method, target.path(route), content)


@pytest.fixture(scope="module")
def outsiders(target: Target, beta: Organization) -> dict[str, Client]:
    """Everybody who must not be let in, with the token they bring."""
    anyone, token = target.acme.anyone, str(target.acme.operator.headers["Authorization"])
    tokens = forged(token) | {
        "an expired token": expired(target.acme),
        "another organisation's operator": str(beta.operator.headers["Authorization"]),
    }
    return {"nobody": anyone} | {how: anyone.as_staff(given) for how, given in tokens.items()}


@pytest.mark.parametrize("routes", some_and_all(STAFF))
def test_no_staff_route_lets_an_outsider_in(
    target: Target, outsiders: dict[str, Client], routes: list[str]
) -> None:
    expected = dict.fromkeys(outsiders, 401) | {"another organisation's operator": 403}
    with target.unchanged():
        found = {
            (route, how): status
            for route in routes
            for how, client in outsiders.items()
            if (status := call(target, route, client).status) != expected[how]
        }
    assert not found


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

    def refused() -> str | None:
        try:
            staff.token(email, password)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return None

    closed = {"NotAuthorizedException", "UserNotConfirmedException"}
    assert eventually("the login to be closed", refused) in closed


def test_an_admin_makes_organisations_and_does_nothing_in_them(acme: Organization) -> None:
    admin = acme.deployment.admin
    for path in (f"{acme.path}/channels", f"{acme.path}/statistics/channels"):
        assert admin.get(path).problem == "forbidden"
    body = {"name": "Again", "first_operator_email": "thief@example.com"}
    taken = admin.put(acme.path, body)
    assert (taken.status, taken.problem) == (409, "organization-exists")
    made = acme.operator.put("/organizations/of-my-own", {"name": "Mine"})
    assert (made.status, made.problem) == (403, "forbidden")
