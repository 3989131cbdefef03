"""PUT /organizations/{organization_id}/members/{member_id}: create or change a member.

A login (pool user with the member's roles) follows by the outbox; `login: null` or
`active: false` disables it. Writes the member and its outbox item under a check that the
organisation exists: one transaction, 6 write units. Refuses: no-such-organization.
"""

from typing import Annotated, Any

from msgspec import Meta, field

from sluice.organizations import rules, store
from sluice.organizations.access import staff
from sluice.organizations.refusals import NoSuchOrganization
from sluice.shared import errors, http
from sluice.shared.fields import Email, Title

# Documented as what the rules know; what they do not is refused by name.
Role = Annotated[str, Meta(extra_json_schema={"enum": sorted(rules.ROLES)})]
Tag = Annotated[str, Meta(min_length=1, max_length=64)]


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


class MemberView(http.View):
    """The member as stored."""

    member_id: str
    name: str
    roles: list[str]
    active: bool


@http.operation(
    staff("PUT /organizations/{organization_id}/members/{member_id}", rules.OPERATOR),
    body=PutMember,
    answers={200: MemberView},
    refusals=(NoSuchOrganization,),
)
def handler(call: http.Call[PutMember, http.NoBody]) -> http.Answer:
    """Store the member in the path."""
    given = call.body
    if unknown := rules.unknown_roles(given.roles):
        raise errors.Invalid("Unknown roles.", [("roles", f"unknown: {', '.join(unknown)}")])
    settings: dict[str, Any] = {
        "name": given.name,
        "roles": set(given.roles),
        "tags": set(given.tags),
        "contact": given.contact or None,
        "email": given.login.email if given.login else None,
        "active": given.active,
    }
    member_id = call.path["member_id"]
    store.put_member(call.organization_id, member_id, settings, call.now)
    view = MemberView(
        member_id=member_id,
        name=given.name,
        roles=sorted(set(given.roles)),
        active=given.active,
    )
    return http.Answer(200, view)
