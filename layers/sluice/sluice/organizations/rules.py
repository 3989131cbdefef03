"""Pure rules of organisations and roles (F4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

OPERATOR = "operator"
MEMBER = "member"
PROMOTER = "promoter"
MERCHANT = "merchant"
ADMIN = "admin"  # of the platform: creates organisations and invites their first operator
ROLES = frozenset({OPERATOR, MEMBER, PROMOTER, MERCHANT})


class PhonePlan(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How an organisation's people write phone numbers of their own country (C6)."""

    calling_code: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,2}$(?!\n)")]  # such as 86
    trunk_prefix: Annotated[str, Meta(pattern=r"^[0-9]{0,3}$(?!\n)")] = ""  # 0 in most of Europe
    national_digits: Annotated[list[Annotated[int, Meta(ge=4, le=14)]], Meta(max_length=8)] = []
    # How long numbers are, without the prefix; none named: of any length


class PromoterTasks(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How an organisation runs promoter tasks (D3, D5).

    An offer's coefficient is its transactions and promotions by their weights, in all or of one
    promoter; the combined one is both by theirs. The fee is of every attributed payment.
    """

    transactions_weight: Annotated[int, Meta(ge=0, le=1000)] = 10
    promotions_weight: Annotated[int, Meta(ge=0, le=1000)] = 1
    overall_weight: Annotated[int, Meta(ge=0, le=1000)] = 1
    own_weight: Annotated[int, Meta(ge=0, le=1000)] = 10
    platform_fee_millionths: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Quota(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How many calls of a partner are taken; without a number as many as come (F3)."""

    per_second: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    per_day: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None  # of UTC


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
