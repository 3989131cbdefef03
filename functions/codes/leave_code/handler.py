"""POST /s/{code}/leave: give up a place on the waiting list, or a seat not yet connected (A4).

With the visitor token, the cookie or an identity token, as for a join. One transaction of 1 item
(2 write units) for a place; a batch read and a transaction of 2 items more (4 write units) for a
seat, which is free for others at once. Refuses: not-found (nothing to give up).
"""

from typing import Literal

from sluice.codes.customers import Who, customer_of
from sluice.codes.refusals import CodeGone
from sluice.codes.store import issued, leaving, pool
from sluice.shared import errors, http, metrics, root_secret


class Left(http.View):
    """What was given up: a place on the list, or a seat."""

    gave_up: Literal["place", "seat"]


@http.operation(
    http.anyone("POST /s/{code}/leave"),
    body=Who,
    answers={200: Left},
    refusals=(errors.NotFound, CodeGone),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[Who, http.NoBody]) -> http.Answer:
    """Let the customer go."""
    code = pool.code(call.path["code"])
    customer = customer_of(call.request, call.body, code)
    gave_up = leaving.leave(code, issued.rule_of(code), customer.customer_id, call.now)
    if gave_up is None:
        raise errors.NotFound("There is nothing to give up: no place, and no seat that waits.")
    metrics.count("WaitingLeft" if gave_up == "place" else "SeatsGivenUp", call.now)
    return http.Answer(200, Left(gave_up=gave_up))
