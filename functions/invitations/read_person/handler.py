"""GET /organizations/{organization_id}/people/{person_key}: what is known of a person (C3).

By the key that a PUT told; no phone number and no outside id is shown, none is stored. A query for
each identity, at most 8. Refuses: not-found.
"""

from sluice.invitations import people_views as views
from sluice.invitations.store import people
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.errors import NotFound


@http.operation(
    access.staff("GET /organizations/{organization_id}/people/{person_key}", OPERATOR),
    answers={200: views.PersonView},
    refusals=(NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the person in the path."""
    known = people.find_known(call.organization_id, [call.path["person_key"]])
    if len(known.keys) == 1 and not (known.lists or known.user_id or known.attributes):
        raise NotFound("Nothing is known of this person.")
    return http.Answer(200, views.of_person(known))
