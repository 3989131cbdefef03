"""GET /organizations/{organization_id}/contents/verify: is what was sent as it was sent? (E9).

Walks up to 99 links of the chain behind `after` and works every hash out again: names what was
changed, is missing or stands elsewhere. Keep the head it answers in a place of your own and begin
there the next time, with its hash: then nobody can change the chain before it unseen. One read,
one query, one batch read.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.rules.versions import Head
from sluice.push.store import contents
from sluice.shared import http


class VerifyContents(http.Body):
    """Where to begin: a head that was answered before; 0 is the beginning."""

    after: Annotated[int, Meta(ge=0, le=10**9)] = 0
    hash: Annotated[str, Meta(pattern=r"^(sha256:[0-9a-f]{64})?$(?!\n)")] = ""


class HeadView(http.View):
    """The link up to which the chain was walked."""

    position: int
    hash: str


class WrongView(http.View):
    """A place of the chain where something is wrong: changed, missing or reordered."""

    position: int
    what: str
    why: str
    version: str | None = None


class ContentsVerified(http.View):
    """What was found; not `complete`: go on after `head`."""

    items: list[WrongView]
    head: HeadView
    length: int
    complete: bool


@http.operation(
    access.staff("GET /organizations/{organization_id}/contents/verify", OPERATOR),
    query=VerifyContents,
    answers={200: ContentsVerified},
)
def handler(call: http.Call[http.NoBody, VerifyContents]) -> http.Answer:
    """Verify the organisation's contents."""
    after = Head(call.query.after, call.query.hash)
    wrong, head, length = contents.walk(call.organization_id, after)
    items = [
        WrongView(position=each.place, what=each.what, why=each.why, version=each.version)
        for each in wrong
    ]
    found = HeadView(position=head.position, hash=head.hash)
    complete = after.position + contents.MAX_LINKS >= length
    return http.Answer(
        200, ContentsVerified(items=items, head=found, length=length, complete=complete)
    )
