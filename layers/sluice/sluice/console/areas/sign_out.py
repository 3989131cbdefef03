"""Sign out: the session ends, and the token that could renew it."""

from sluice.console import sessions
from sluice.console.pages import EVERYBODY, Moved, Result, Visit, page


@page("sign-out", roles=EVERYBODY, method="POST")
def sign_out(visit: Visit) -> Result:
    """End the session."""
    sessions.end(visit.signed_in.secret)
    cleared = sessions.cookie(visit.base_url, "")
    return Moved("sign-in", {"done": "signed-out"}, cleared)
