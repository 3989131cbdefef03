"""GET /organizations/{organization_id}/recipients/{user_id}: what is known of a user (E7).

Addresses are shown in part. One read. Refuses: not-found.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import recipient_views as views
from sluice.push.store import recipients
from sluice.shared import http
from sluice.shared.errors import NotFound


@http.operation(
    access.staff("GET /organizations/{organization_id}/recipients/{user_id}", OPERATOR),
    answers={200: views.RecipientView},
    refusals=(NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the recipient in the path."""
    user_id = call.path["user_id"]
    found = recipients.find_recipient(call.organization_id, user_id)
    person = recipients.person_of(found)
    if person is None:
        raise NotFound("Nothing is known of this user.")
    return http.Answer(200, views.view_of(user_id, person, found))
