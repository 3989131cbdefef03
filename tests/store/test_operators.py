"""Somebody remains an operator who can sign in, whoever leaves and when (F4)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sluice.organizations import operators, store
from sluice.organizations.refusals import LastOperator
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.staff import NOW, found_organization

OPERATOR: dict[str, Any] = {"name": "Boss", "roles": {"operator"}, "email": "boss@example.com"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        put("boss")
        yield


def put(member_id: str, **change: Any) -> None:
    store.put_member("acme", member_id, OPERATOR | change, NOW)


def is_operator(member_id: str) -> bool:
    found = store.find_member("acme", member_id)
    assert found is not None
    return bool("operator" in found.roles and found.active and found.email)


@pytest.mark.parametrize(
    "change", [{"roles": {"member", "promoter"}}, {"active": False}, {"email": None}]
)
def test_the_last_operator_stays_one_until_there_is_another(change: dict[str, Any]) -> None:
    told = len(items_of(OutboxItem))
    with pytest.raises(LastOperator):
        put("boss", **change)
    assert is_operator("boss")
    assert len(items_of(OutboxItem)) == told
    put("wu")
    put("boss", **change)
    assert not is_operator("boss")
    with pytest.raises(LastOperator):
        put("wu", **change)


def test_who_cannot_sign_in_takes_over_from_nobody() -> None:
    put("without", email=None)
    put("off", active=False)
    put("member", roles={"member"})
    with pytest.raises(LastOperator):
        put("boss", roles={"member"})


def test_what_else_changes_of_an_operator_needs_nobody() -> None:
    put("boss", name="The Boss", email="new@example.com", roles={"operator", "member"})
    assert is_operator("boss")


def test_of_two_operators_who_leave_at_once_one_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has found the other when both write."""
    put("wu")
    found = operators._another

    def another(organization_id: str, member_id: str) -> str | None:
        other = found(organization_id, member_id)
        monkeypatch.setattr(operators, "_another", found)
        put("wu", roles={"member"})
        return other

    monkeypatch.setattr(operators, "_another", another)
    with pytest.raises(LastOperator):
        put("boss", roles={"member"})
    assert (is_operator("boss"), is_operator("wu")) == (True, False)
