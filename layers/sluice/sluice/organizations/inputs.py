"""What the API takes for a member, by PUT and by import (F4, F7)."""

from typing import Annotated, Any

from msgspec import Meta, ValidationError, convert, field

from sluice.organizations import rules
from sluice.shared import errors, http
from sluice.shared.fields import NAME, Email, Title

# Documented as what the rules know; what they do not is refused by name.
Role = Annotated[str, Meta(extra_json_schema={"enum": sorted(rules.ROLES)})]
Tag = Annotated[str, Meta(min_length=1, max_length=64)]
_OF_THE_LEDGER = r"^(?!(platform|programme|user):)"  # whose accounts are no member's
MemberId = Annotated[str, Meta(pattern=_OF_THE_LEDGER + NAME.removeprefix("^"))]


class Login(http.Body):
    """How the member signs in."""

    email: Email


class PutMember(http.Body):
    """A person of the organisation."""

    name: Title
    roles: Annotated[list[Role], Meta(min_length=1, max_length=4)]
    tags: Annotated[list[Tag], Meta(max_length=50)] = field(default_factory=list)
    contact: Annotated[dict[str, Annotated[str, Meta(max_length=500)]], Meta(max_length=20)] = (
        field(default_factory=dict)
    )
    login: Login | None = None
    active: bool = True


def check_id(member_id: str) -> None:
    """Check that a member would not have an account of the ledger's own. Raises Invalid."""
    try:
        convert(member_id, MemberId)
    except ValidationError:
        reason = "must not begin with platform:, programme: or user:"
        raise errors.Invalid("A member cannot have this id.", [("member_id", reason)]) from None


def check_member(given: PutMember) -> None:
    """Check what no type says. Raises Invalid, naming the field."""
    if unknown := rules.unknown_roles(given.roles):
        raise errors.Invalid("Unknown roles.", [("roles", f"unknown: {', '.join(unknown)}")])


def member_settings(given: PutMember) -> dict[str, Any]:
    """Return what is stored of a checked member."""
    return {
        "name": given.name,
        "roles": set(given.roles),
        "tags": set(given.tags),
        "contact": given.contact or None,
        "email": given.login.email if given.login else None,
        "active": given.active,
    }
