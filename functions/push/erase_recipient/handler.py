"""DELETE /organizations/{organization_id}/recipients/{user_id}: erase a user (E7).

Everything personal that pushes have of them: the recipient, tags, inbox, frequency counters,
behaviours and what the sandbox delivered. Pushes stay, with the user's id and no address. For 90
days a mark stays too: what was ordered before goes to them on no channel. One read, one transaction
(2 write units, 2 for the event and each tag and address), then a query for each 50 further items
and their transaction (2 each). Asked again it moves the mark. Refuses: contention, where more is
left than one call erases: ask again.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.store import erasing
from sluice.shared import http


@http.operation(
    access.staff("DELETE /organizations/{organization_id}/recipients/{user_id}", OPERATOR),
    answers={204: ""},
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Erase the user in the path."""
    erasing.erase(call.organization_id, call.path["user_id"], call.now)
    return http.Answer(204)
