"""POST /s/{code}/leave: give up a place on the waiting list, or a seat not yet connected (A4).

With the visitor token, the cookie or an identity token, as for a join. One transaction of 1 item
(2 write units) for a place; a batch read and a transaction of 2 items more (4 write units) for a
seat, which is free for others at once. The landing page's form leads back to that page. Refuses:
not-found (nothing to give up).
"""

from typing import Literal

from sluice.codes import landings
from sluice.codes.customers import Who, customer_of
from sluice.codes.refusals import CodeGone
from sluice.codes.store import issued, leaving, pool
from sluice.codes.store.leaving import GaveUp
from sluice.codes.tables import Code
from sluice.shared import errors, forms, http, metrics, root_secret


class Left(http.View):
    """What was given up: a place on the list, or a seat."""

    gave_up: Literal["place", "seat"]


@http.operation(
    forms.door("POST /s/{code}/leave", landings.meaning),
    body=Who,
    answers={200: Left, 303: ""},
    refusals=(errors.NotFound, CodeGone),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[Who, http.NoBody]) -> http.Answer:
    """Let the customer go."""
    code = pool.code(call.path["code"])
    if forms.is_form(call.request):
        _leave(call, code, landings.known(call.body, call.request))
        return http.Answer(303, headers={"Location": f"{call.request.base_url}/s/{code.code}"})
    gave_up = _leave(call, code, call.body)
    if gave_up is None:
        raise errors.NotFound("There is nothing to give up: no place, and no seat that waits.")
    return http.Answer(200, Left(gave_up=gave_up))


def _leave(call: http.Call[Who, http.NoBody], code: Code, given: Who) -> GaveUp | None:
    customer = customer_of(call.request, given, code)
    gave_up = leaving.leave(code, issued.rule_of(code), customer.customer_id, call.now)
    if gave_up is not None:
        metrics.count("WaitingLeft" if gave_up == "place" else "SeatsGivenUp", call.now)
    return gave_up
