"""POST /u/{tracking_id}: leave the purpose of a message, on all channels (E7).

By GET the page of a message's unsubscribe link, which asks first: mail scanners follow links. By
POST its button, or a mail client's one click (RFC 8058), whatever the body says. It withdraws the
user's consent; a later consent counts again. GET: three reads, one query. POST: and one read, one
transaction of 2 items (4 write units), which the user's next words come after. Refuses: not-found:
no such message, or a transactional one.
"""

from sluice.organizations import store as organizations
from sluice.push import tracking
from sluice.push.pages import unsubscribe as page
from sluice.push.rules.courtesy import TRANSACTIONAL, Consent
from sluice.push.store import push_settings, recipients
from sluice.shared import http
from sluice.shared.errors import NotFound

SOURCE = "unsubscribe_link"


@http.operation(
    http.anyone("POST /u/{tracking_id}", reads_body=False),
    http.anyone("GET /u/{tracking_id}"),
    answers={200: "text/html"},
    refusals=(NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Ask, or carry out what was asked for."""
    held = tracking.find_tracked(call.path["tracking_id"]).held
    purpose, push = held.plan.purpose, held.push
    if purpose == TRANSACTIONAL:
        raise NotFound("There is nothing to unsubscribe from.")
    organization = organizations.find_organization(push.organization_id)
    leaves = call.request.event["httpMethod"] == "POST"
    if leaves:
        consent = Consent(granted=False, at=call.now, source=SOURCE)
        recipients.withdraw(push.organization_id, push.user_id, purpose, consent, call.now)
    languages = call.request.headers.get("accept-language", "") or organization.locale
    notes = push_settings.settings_of(push.organization_id).unsubscribe_notes
    shown = page.render(organization.name, purpose, languages, notes, done=leaves)
    return http.Answer(200, shown.html, "text/html; charset=utf-8", shown.headers)
