"""Logins on moto: a member whose address changes has one, whatever happens meanwhile (F4)."""

import os
from collections.abc import Callable, Iterator

import pytest

from sluice.organizations import logins, rules, store
from sluice.organizations.tables import Member
from sluice.shared.clients import client
from tests.support.aws import local_aws
from tests.support.staff import NOW, found_organization

type Meanwhile = Callable[[], None]


@pytest.fixture(autouse=True)
def _pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with local_aws():
        found_organization()
        cognito = client("cognito-idp")
        pool_id = cognito.create_user_pool(PoolName="logins")["UserPool"]["Id"]
        for role in sorted(rules.ROLES):
            cognito.create_group(UserPoolId=pool_id, GroupName=role)
        monkeypatch.setenv("USER_POOL_ID", pool_id)
        yield
        cognito.delete_user_pool(UserPoolId=pool_id)


def put(email: str | None) -> None:
    settings = {"name": "Lin", "roles": {"member"}, "email": email}
    store.put_member("acme", "lin", settings, NOW)


def member() -> Member:
    found = store.find_member("acme", "lin")
    assert found is not None
    return found


def sync() -> None:
    logins.sync("acme", member())


def open_logins() -> set[str]:
    users = client("cognito-idp").list_users(UserPoolId=os.environ["USER_POOL_ID"])["Users"]
    return {
        attribute["Value"]
        for user in users
        if user["Enabled"]
        for attribute in user["Attributes"]
        if attribute["Name"] == "email"
    }


def change() -> None:
    put("right@example.com")


def change_and_sync() -> None:
    change()
    sync()


@pytest.mark.parametrize("meanwhile", [change, change_and_sync])
@pytest.mark.parametrize("is_made_before", [True, False])
@pytest.mark.parametrize(("was_there", "dies"), [(False, False), (False, True), (True, False)])
def test_an_address_that_was_wrong_for_a_moment_is_closed(
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Meanwhile,
    *,
    is_made_before: bool,
    dies: bool,
    was_there: bool,
) -> None:
    """Else a stranger who was invited by mistake could sign in as the member."""
    if was_there:
        for email in ("wrong@example.com", None):
            put(email)
            sync()
    put("wrong@example.com")
    ensure = logins._ensure

    def slowly(organization_id: str, found: Member, email: str) -> bool:
        monkeypatch.setattr(logins, "_ensure", ensure)
        if not is_made_before:
            meanwhile()
        made = ensure(organization_id, found, email)
        if is_made_before:
            meanwhile()
        if dies:
            raise TimeoutError
        return made

    monkeypatch.setattr(logins, "_ensure", slowly)
    with pytest.raises((TimeoutError, logins.MemberChanged)):
        sync()
    sync()  # Lambda brings the event again
    assert open_logins() == {"right@example.com"}
    assert member().login_email == "right@example.com"
    sync()
    assert member().logins is None
