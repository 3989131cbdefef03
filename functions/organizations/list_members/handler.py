"""GET /organizations/{organization_id}/members: members, a page at a time (F4).

One query. As CSV it is what the import takes, and the cursor of the next page is in
`X-Next-Cursor` (F7).
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.organizations import listing, member_sheets, rules
from sluice.organizations.access import staff
from sluice.shared import http, sheets


class ListMembers(http.Body):
    """Which page, and how."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""
    format: Literal["json", "csv"] = "json"


class ListedMember(http.View):
    """A member as stored; `email` is that of the login, where there is one."""

    member_id: str
    name: str
    roles: list[str]
    tags: list[str]
    contact: dict[str, str]
    active: bool
    email: str | None = None


class MemberPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[ListedMember]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/members", rules.OPERATOR),
    query=ListMembers,
    answers={200: (MemberPage, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, ListMembers]) -> http.Answer:
    """List the organisation's members by id."""
    query = call.query
    found, following = listing.list_members(call.organization_id, query.limit, query.cursor)
    if query.format == "csv":
        headers = {sheets.NEXT_CURSOR: following} if following else {}
        return http.Answer(200, member_sheets.render(found), sheets.MEDIA_TYPE, headers)
    items = [
        ListedMember(
            member_id=one.member_id,
            name=one.name,
            roles=sorted(one.roles),
            tags=sorted(one.tags or ()),
            contact=one.contact or {},
            active=one.active,
            email=one.email,
        )
        for one in found
    ]
    return http.Answer(200, MemberPage(items=items, next_cursor=following))
