"""GET /callbacks/{organization_id}/{provider_account_id}: the provider tests the address (A6).

Answers the text that the provider sealed or signed, as entering the address at WeCom demands,
within a second. Reads the account, and its secret once a minute; writes nothing. Refuses:
unauthenticated.
"""

from sluice.codes.providers import doors
from sluice.shared import http, root_secret


@http.operation(
    doors.echo("GET /callbacks/{organization_id}/{provider_account_id}"),
    body=doors.Echo,
    query=doors.CallbackQuery,
    answers={200: "text/plain"},
    primes=(root_secret.read,),
)
def handler(call: http.Call[doors.Echo, doors.CallbackQuery]) -> http.Answer:
    """Answer what the door has read."""
    return http.Answer(200, call.body.text, "text/plain")
