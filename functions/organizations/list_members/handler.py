"""GET /organizations/{organization_id}/members: members, a page at a time (F4).

Or one of them, by the path: everybody their own, an operator anybody's. One query, or one read. As
CSV the page is what the import takes, and the cursor of the next one is in `X-Next-Cursor` (F7).
Refuses: forbidden, not-found.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.organizations import access, listing, member_sheets, member_views, rules, store
from sluice.organizations.tables import Member
from sluice.shared import errors, http, sheets

_LIST = "/organizations/{organization_id}/members"


class ListMembers(http.Body):
    """Which page, and how."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""
    format: Literal["json", "csv"] = "json"


class MemberPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[member_views.ListedMember]
    next_cursor: str | None = None


@http.operation(
    access.staff(f"GET {_LIST}", rules.OPERATOR),
    access.staff(f"GET {_LIST}/{{member_id}}", *rules.ROLES),
    query=ListMembers,
    answers={200: (MemberPage, member_views.ListedMember, sheets.MEDIA_TYPE)},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, ListMembers]) -> http.Answer:
    """List the organisation's members by id, or show the one in the path."""
    query = call.query
    if "member_id" in call.path:
        return http.Answer(200, member_views.of_member(_member(call)))
    found, following = listing.list_members(call.organization_id, query.limit, query.cursor)
    if query.format == "csv":
        headers = {sheets.NEXT_CURSOR: following} if following else {}
        return http.Answer(200, member_sheets.render(found), sheets.MEDIA_TYPE, headers)
    page = MemberPage(items=[member_views.of_member(one) for one in found], next_cursor=following)
    return http.Answer(200, page)


def _member(call: http.Call[http.NoBody, ListMembers]) -> Member:
    member_id = call.path["member_id"]
    if access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("This is another member.")
    found = store.find_member(call.organization_id, member_id)
    if found is None:
        raise errors.NotFound("There is no such member.")
    return found
