"""Verbs on partners: systems that sign their calls."""

from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from sluice.organizations.refusals import PartnerChanged, TooManyPartners
from sluice.organizations.tables import Organization, Partner
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_PARTNERS = 20
ROTATION = timedelta(hours=24)  # both keys of a partner verify for this long


def put_partner(
    organization_id: str,
    partner_id: str,
    name: str,
    now: datetime,
    *,
    rotate_from: int | None = None,
    quota: dict[str, int] | None = None,
) -> int:
    """Create or change a partner; returns its key's version.

    `rotate_from` names the version to leave: a request that is repeated rotates once.

    One read, one transaction of 1 or 2 items. Raises TooManyPartners, PartnerChanged.
    """
    found = find(Partner, organization_id, ids.key("partner", partner_id))
    transaction = Transaction()
    if found is None:
        _add_partner(transaction, organization_id, partner_id, name, quota)
        transaction.commit()
        return 1
    actions = [Partner.name.set(name), _quota(quota)]
    version = int(found.key_version)
    if rotate_from is not None and rotate_from not in {version, version - 1}:
        raise PartnerChanged(f"The key's version is {version}.")
    rotates = rotate_from == version
    if rotates:
        actions += [
            Partner.key_version.set(version + 1),
            Partner.previous_valid_until.set(now + ROTATION),
        ]
    transaction.update(
        found, actions, condition=Partner.key_version == version, otherwise=PartnerChanged()
    )
    transaction.commit()
    return version + 1 if rotates else version


def _add_partner(
    transaction: Transaction,
    organization_id: str,
    partner_id: str,
    name: str,
    quota: dict[str, int] | None,
) -> None:
    transaction.put(
        Partner(
            organization_id,
            ids.key("partner", partner_id),
            partner_id=partner_id,
            name=name,
            key_version=1,
            quota=quota,
        ),
        Partner.organization_id.does_not_exist(),
        PartnerChanged(),
    )
    count = Organization.partner_count
    transaction.update(
        Organization(organization_id, "organization"),
        [count.set((count | 0) + 1)],
        condition=Organization.organization_id.exists()
        & (count.does_not_exist() | (count < MAX_PARTNERS)),
        otherwise=TooManyPartners(f"An organisation has at most {MAX_PARTNERS} partners."),
    )


def _quota(quota: dict[str, int] | None) -> Action:
    return Partner.quota.set(quota) if quota else Partner.quota.remove()


def list_partners(organization_id: str) -> list[Partner]:
    """Return the partners of an organisation: one query, at most 20."""
    prefix = Partner.item.startswith("partner#")
    return list(Partner.query(organization_id, prefix, limit=MAX_PARTNERS, consistent_read=True))
