"""Organisations, members and partners on moto."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sluice.organizations import partners, rules, store
from sluice.organizations.refusals import NoSuchOrganization, OrganizationExists, ProviderTypeFixed
from sluice.organizations.tables import Partner
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.staff import NOW, found_organization


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def test_an_organization_is_created_once() -> None:
    """Repeated after a lost answer it is answered alike; another call for the name is refused."""
    settings = {"name": "Acme", "time_zone": "Asia/Shanghai", "locale": "zh"}
    store.create_organization("acme", settings, NOW, "lin@acme.example")
    store.create_organization("acme", settings, NOW, "lin@acme.example")
    assert len(items_of(OutboxItem)) == 1
    for others, email in ({"name": "Other"}, "lin@acme.example"), ({}, "eve@acme.example"):
        with pytest.raises(OrganizationExists):
            store.create_organization("acme", settings | others, NOW, email)
    assert len(items_of(OutboxItem)) == 1


def test_an_account_keeps_the_type_that_channels_were_made_for() -> None:
    found_organization()
    store.put_provider_account("acme", "north", {"type": "sandbox", "limits": None})
    store.put_provider_account("acme", "north", {"type": "sandbox", "limits": {"daily": 5}})
    with pytest.raises(ProviderTypeFixed):
        store.put_provider_account("acme", "north", {"type": "wecom", "limits": None})
    kept = store.find_provider_account("acme", "north")
    assert (kept.type, kept.limits, kept.version) == ("sandbox", {"daily": 5}, 2)


def test_a_member_needs_an_organization_and_nothing_is_left_behind() -> None:
    with pytest.raises(NoSuchOrganization):
        store.put_member("nobody", "lin", {"name": "Lin", "roles": {"member"}}, NOW)
    assert items_of(OutboxItem) == []


def test_rotating_keeps_the_old_key_for_a_day() -> None:
    found_organization()
    assert partners.put_partner("acme", "shop", "Shop", NOW, rotate_from=1) == 2
    assert partners.put_partner("acme", "shop", "Shop", NOW, rotate_from=1) == 2
    (partner,) = partners.list_partners("acme")
    assert isinstance(partner, Partner)
    day = timedelta(hours=24)
    until = partner.previous_valid_until
    assert rules.key_versions(2, until, NOW) == [2, 1]
    assert rules.key_versions(2, until, NOW + day) == [2]
