"""Organisations, members and partners on moto."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sluice.organizations import rules, store
from sluice.organizations.refusals import NoSuchOrganization, OrganizationExists
from sluice.organizations.tables import Partner
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.staff import NOW, found_organization


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def test_an_organization_is_created_once() -> None:
    found_organization()
    with pytest.raises(OrganizationExists):
        found_organization()


def test_a_member_needs_an_organization_and_nothing_is_left_behind() -> None:
    with pytest.raises(NoSuchOrganization):
        store.put_member("nobody", "lin", {"name": "Lin", "roles": {"member"}}, NOW)
    assert items_of(OutboxItem) == []


def test_rotating_keeps_the_old_key_for_a_day() -> None:
    found_organization()
    assert store.put_partner("acme", "shop", "Shop", NOW, rotate_from=1) == 2
    assert store.put_partner("acme", "shop", "Shop", NOW, rotate_from=1) == 2
    (partner,) = store.list_partners("acme")
    assert isinstance(partner, Partner)
    day = timedelta(hours=24)
    until = partner.previous_valid_until
    assert rules.key_versions(2, until, NOW) == [2, 1]
    assert rules.key_versions(2, until, NOW + day) == [2]
