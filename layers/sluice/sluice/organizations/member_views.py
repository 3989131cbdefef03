"""Members as operations show them."""

from sluice.organizations.tables import Member
from sluice.shared import http


class ListedMember(http.View):
    """A member as stored; `email` is that of the login, where there is one."""

    member_id: str
    name: str
    roles: list[str]
    tags: list[str]
    contact: dict[str, str]
    active: bool
    email: str | None = None


def of_member(found: Member) -> ListedMember:
    """Show a member."""
    return ListedMember(
        member_id=found.member_id,
        name=found.name,
        roles=sorted(found.roles),
        tags=sorted(found.tags or ()),
        contact=found.contact or {},
        active=found.active,
        email=found.email,
    )
