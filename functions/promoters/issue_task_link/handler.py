"""POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/link: a link (D4).

A promoter's own link for a task, the same every time; operators may ask for anybody's. Binds the
promoter's identities to them, for the check for duplicate accounts. Three reads; one transaction of
2 items and a check, 5 write units, with an Idempotency-Key 7, and one of 1 for each identity.
Refuses: not-found, no-such-promoter, not-a-task, no-page.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR, PROMOTER
from sluice.promoters import buyers
from sluice.promoters.refusals import NoPage, NoSuchPromoter, NotATask
from sluice.promoters.store import links
from sluice.shared import errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused


class TaskLinkView(http.View):
    """A promoter's link for a task, and its QR image."""

    code: str
    url: str
    image_url: str


@http.operation(
    access.staff(
        "POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/link",
        OPERATOR,
        PROMOTER,
    ),
    answers={201: TaskLinkView, 200: TaskLinkView},
    refusals=(errors.NotFound, NoSuchPromoter, NotATask, NoPage, KeyReused),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Give the promoter in the path the link."""
    organization_id, member_id = call.organization_id, call.path["member_id"]
    if access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("This is another promoter's.")
    task = links.load_task(organization_id, call.path["offer_id"], member_id, call.now)
    try:
        link, first = links.issue(organization_id, task, call.claim, call.now)
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        link, first = links.load(call.claim.replay(claimed)["code"]), True
    buyers.bind(organization_id, task.member, call.now)
    code = links.code_of(link)
    url = f"{call.request.base_url}/t/{code}"
    return http.Answer(
        201 if first else 200, TaskLinkView(code=code, url=url, image_url=f"{url}/image")
    )
