"""Pure rules of organisations and roles (F4)."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import available_timezones

OPERATOR = "operator"
MEMBER = "member"
PROMOTER = "promoter"
MERCHANT = "merchant"
ADMIN = "admin"  # of the platform: creates organisations and invites their first operator
ROLES = frozenset({OPERATOR, MEMBER, PROMOTER, MERCHANT})


def unknown_roles(roles: Iterable[str]) -> list[str]:
    """Return the roles that do not exist."""
    return sorted(set(roles) - ROLES)


def is_time_zone(name: str) -> bool:
    """Tell whether `name` is in the IANA time zone database."""
    return name in available_timezones()


def groups_of(claim: object) -> frozenset[str]:
    """Read `cognito:groups` however the gateway passes it: a list, `a,b`, `a b` or `[a b]`."""
    if isinstance(claim, (list, tuple)):
        return frozenset(str(group) for group in claim)
    return frozenset(str(claim or "").strip("[]").replace(",", " ").split())


def key_versions(version: int, previous_valid_until: datetime | None, now: datetime) -> list[int]:
    """Return the versions of a partner's key that verify now: two while rotating."""
    if version > 1 and previous_valid_until is not None and now < previous_valid_until:
        return [version, version - 1]
    return [version]
