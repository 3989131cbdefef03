"""Promoters and buyers compared, without keeping who they are: keyed hashes of identities (D10)."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sluice.organizations.phones import IdentityError, phone
from sluice.organizations.rules import PhonePlan
from sluice.organizations.store import find_organization, phone_plan_of
from sluice.organizations.tables import Member
from sluice.rewards.rules.checks import MAX_IDENTITIES
from sluice.rewards.store import facts
from sluice.shared import ids, signing

PHONE, EMAIL = "phone", "email"
KIND = r"^[a-z][a-z0-9_-]{0,31}$(?!\n)"


def keys_of(organization_id: str, identities: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the keys of identities, each a kind and a value; what is none is left out.

    A read of the organisation where there is a phone number.
    """
    given = [(kind, value) for kind, value in identities if value.strip()]
    plan = (
        phone_plan_of(find_organization(organization_id))
        if any(kind == PHONE for kind, _ in given)
        else None
    )
    found = (_key(organization_id, kind, value, plan) for kind, value in given)
    return frozenset(sorted(key for key in found if key is not None)[:MAX_IDENTITIES])


def of_member(organization_id: str, member: Member) -> frozenset[str]:
    """Return the keys of what is known of a promoter: contact, addresses."""
    contact: dict[str, str] = member.contact or {}
    given = [(kind.strip().lower(), value) for kind, value in contact.items()]
    given += [(EMAIL, email) for email in (member.email, member.login_email) if email]
    return keys_of(organization_id, given)


def bind(organization_id: str, member: Member, now: datetime) -> None:
    """Bind a promoter's identities to them, so that a second account is found."""
    facts.bind(organization_id, member.member_id, of_member(organization_id, member), now)


def _key(organization_id: str, kind: str, value: str, plan: PhonePlan | None) -> str | None:
    plain = unicodedata.normalize("NFKC", value).strip()
    if kind == EMAIL:
        plain = plain.casefold()
    if kind == PHONE:
        try:
            plain = phone(plain, plan)
        except IdentityError:
            return None
    return ids.derived(signing.identity_key("promoter", organization_id), kind, plain)
