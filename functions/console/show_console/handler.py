"""GET /console/{page+}: the pages behind the sign-in, for all roles (F5).

Reads who is signed in (one request) and writes it anew where the ID token is renewed, or the
organisation gets another name or time zone, which pages show; all else comes from the
suite's own API, called with the token of who is signed in. A form is carried out by POST, once its
token is its session's; it is shown again where the API refuses it.
"""

from sluice.console import door
from sluice.console.forms import FormBody
from sluice.shared import http


@http.operation(
    http.anyone("GET /console/{page+}"),
    http.anyone("POST /console/{page+}"),
    http.anyone("GET /console"),
    body=FormBody,
    answers={200: "text/html", 303: "text/html"},
)
def handler(call: http.Call[FormBody, http.NoBody]) -> http.Answer:
    """Show a page, or carry out its form."""
    return door.answer(call.request)
