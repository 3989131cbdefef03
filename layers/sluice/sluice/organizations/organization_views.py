"""Organisations as operations show them."""

import msgspec

from sluice.organizations import rules
from sluice.organizations.tables import Organization
from sluice.shared import http


class ReferralView(http.View):
    """What a referrer gets for each connected customer."""

    amount_minor: int
    currency: str


class OrganizationView(http.Versioned):
    """The organisation as stored; who is no operator is not shown the last three."""

    organization_id: str
    name: str
    time_zone: str
    locale: str
    privacy_url: str | None = None
    referral_reward: ReferralView | None = None
    phone_plan: rules.PhonePlan | None = None
    promoter_tasks: rules.PromoterTasks | None = None


def of_organization(found: Organization, *, with_settings: bool) -> OrganizationView:
    """Show an organisation; its settings only to operators."""
    shown = OrganizationView(
        version=int(found.version),
        organization_id=found.organization_id,
        name=found.name,
        time_zone=found.time_zone,
        locale=found.locale,
        privacy_url=found.privacy_url,
    )
    if not with_settings:
        return shown
    if found.referral_currency is not None:
        shown.referral_reward = ReferralView(
            amount_minor=int(found.referral_amount_minor), currency=found.referral_currency
        )
    shown.phone_plan = msgspec.convert(found.phone_plan, rules.PhonePlan | None)
    shown.promoter_tasks = msgspec.convert(found.promoter_tasks, rules.PromoterTasks | None)
    return shown
