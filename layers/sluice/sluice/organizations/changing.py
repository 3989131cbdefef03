"""Another version of an organisation's settings, and what they promised before (A8)."""

from datetime import datetime
from typing import Any

import msgspec

from sluice.organizations import referrals
from sluice.organizations.referrals import Former, Reward
from sluice.organizations.refusals import NoSuchOrganization, OrganizationChanged
from sluice.organizations.tables import Organization
from sluice.shared import clock, guard, preconditions
from sluice.shared.guard import Transaction
from sluice.shared.table import find, set_all

MAX_TRIES = 5


def change_organization(
    organization_id: str, settings: dict[str, Any], *, expected: int | None = None
) -> int:
    """Change an organisation's settings and return their version; the same again writes nothing.

    What was promised to referrers is kept with the moment until which it was. One read and one
    write; both again, at most 5 times, when another changed it. Raises NoSuchOrganization,
    Contention; ChangedMeanwhile: it is not of the version `expected`.
    """
    item = Organization(organization_id, "organization")
    for _ in guard.attempts(MAX_TRIES):
        found = find(Organization, organization_id, "organization")
        if found is None:
            raise NoSuchOrganization
        version = int(found.version)
        if all(getattr(found, name) == value for name, value in settings.items()):
            return version
        preconditions.demand(expected, version)
        before = _promises_before(found, settings)
        transaction = Transaction()
        transaction.update(
            item,
            set_all(Organization, {**settings, "referral_before": before, "version": version + 1}),
            condition=Organization.version == version,
            otherwise=OrganizationChanged(),
        )
        try:
            transaction.commit()
        except OrganizationChanged:
            continue
        break
    return version + 1


def _promises_before(found: Organization, settings: dict[str, Any]) -> Any:
    amount, currency = found.referral_amount_minor, found.referral_currency
    becomes = referrals.reward_of(
        settings.get("referral_amount_minor", amount), settings.get("referral_currency", currency)
    )
    was, before = referrals.reward_of(amount, currency), _former(found)
    return msgspec.to_builtins(referrals.kept(before, was, becomes, clock.now())) or None


def _former(found: Organization) -> list[Former]:
    return msgspec.convert(found.referral_before or [], list[Former])


def referral_reward_at(found: Organization, moment: datetime) -> Reward | None:
    """Return what a referrer was promised for a customer who connected at a moment (A8)."""
    latest = referrals.reward_of(found.referral_amount_minor, found.referral_currency)
    return referrals.at(_former(found), latest, moment)
