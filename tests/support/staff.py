"""An organisation with people in it."""

from datetime import UTC, datetime

from sluice.organizations import partners, store
from tests.support.aws import make_once
from tests.support.events import ORGANIZATION

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


def found_organization(now: datetime = NOW, organization_id: str = ORGANIZATION) -> None:
    """Create an organisation in Shanghai time with an operator, a referrer and a partner."""
    make_once((now, organization_id), lambda: _found(now, organization_id))


def _found(now: datetime, organization_id: str) -> None:
    settings = {
        "name": "Acme Tea",
        "time_zone": "Asia/Shanghai",
        "locale": "en",
        "referral_amount_minor": 500,
        "referral_currency": "CNY",
    }
    store.create_organization(organization_id, settings, now, None)
    for member_id, role in (("boss", "operator"), ("lin", "member")):
        member = {"name": member_id.title(), "roles": {role}}
        store.put_member(organization_id, member_id, member, now)
    partners.put_partner(organization_id, "shop", "The Shop", now)
