"""POST /s/{code}/join: give the customer one channel with room, and the same one again (A4, A5).

With a visitor token (or the visitor cookie) the customer is the visitor: one request of two items
(4 write units and 1 of the expiry index) where there is room, one and no read when repeated, one
read when sold out. A rule that compares what channels hold adds a batch read of 50 at most, and
where all of these are full up to 7 more, with a mark (2 write units) at each. An identity token
adds one query for its partner; the cookie that WeChat's OAuth left (`finish_oauth`) names the
customer at no cost. Where most of the pool is unconfirmed, a join with neither also counts for its
source network: a third item (2 write units), one read when the network has had its joins. Without
room, or while others wait for the same, a code with a waiting list gives a place on it: 1 to 4
items and 4 queries a queue. POST /s/{code} is the landing page's own form, for browsers without a
script, too: who wants HTML gets the page again, by either path. Refuses: no-room, too-many-joins.
"""

from sluice.codes import landings, views
from sluice.codes.customers import Customer, Who, customer_of
from sluice.codes.refusals import CodeGone, MustWait, NoRoom, TooManyJoins
from sluice.codes.rules.areas import Location
from sluice.codes.rules.places import place_of
from sluice.codes.store import issued, joining, networks, pool, waiting
from sluice.codes.store.joining import Joined
from sluice.codes.store.waiting import Entered
from sluice.codes.tables import Code
from sluice.codes.views import waiting as waiting_views
from sluice.shared import errors, forms, http, metrics, pages, root_secret, settings


class Join(Who):
    """Who joins, and where they are if they said so."""

    location: Location | None = None


@http.operation(
    http.anyone("POST /s/{code}/join"),
    forms.door("POST /s/{code}", landings.meaning),
    body=Join,
    answers={
        200: (views.AssignmentView, "text/html"),
        201: (views.AssignmentView, "text/html"),
        202: (waiting_views.WaitingView, "text/html"),
    },
    refusals=(NoRoom, TooManyJoins, CodeGone),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[Join, http.NoBody]) -> http.Answer:
    """Reserve a seat for the customer, or answer the one they have; else a place on the list."""
    code = pool.code(call.path["code"])
    if pages.are_wanted(call.request.headers):
        return _page(call, code)
    found = _outcome(call, code, customer_of(call.request, call.body, code))
    if isinstance(found, Entered):
        return http.Answer(202, waiting_views.of_entered(found))
    view = views.of_assignment(found.assignment, pool.pool(code.organization_id))
    return http.Answer(201 if found.is_new else 200, view)


def _page(call: http.Call[Join, http.NoBody], code: Code) -> http.Answer:
    request, given = call.request, call.body
    visitor_id = landings.visitor(request, code, given)
    try:
        customer = customer_of(request, landings.known(given, request), code)
        found = _outcome(call, code, customer)
    except (errors.Invalid, NoRoom, TooManyJoins) as problem:
        stand = landings.refused(problem)
        return landings.answer(request, code, visitor_id, stand, status=problem.status)
    if isinstance(found, Entered):
        stand, status = landings.Stand("waiting", ahead=found.ahead), 202
    else:
        stand = landings.with_seat(found.assignment, pool.pool(code.organization_id))
        status = 201 if found.is_new else 200
    return landings.answer(request, code, visitor_id, stand, status=status)


def _outcome(
    call: http.Call[Join, http.NoBody], code: Code, customer: Customer
) -> Joined | Entered:
    try:
        return _join(call, code, customer)
    except NoRoom as full:
        if issued.rule_of(code).waiting is None:
            metrics.count("JoinsWithoutRoom", call.now)
            raise
        return _wait(call, code, customer, full)
    except TooManyJoins:
        metrics.count("JoinsRefusedByNetwork", call.now)
        raise


def _wait(
    call: http.Call[Join, http.NoBody], code: Code, customer: Customer, full: NoRoom
) -> Entered:
    """Give the customer a place on the waiting list, or tell them of theirs."""
    organization_id, request = code.organization_id, call.request
    source_ip = None if customer.is_proved else request.source_ip
    entry = waiting.Entry(
        code,
        issued.rule_of(code),
        customer.customer_id,
        place_of(call.body.location, request.headers),
        f"{request.base_url}/s/{code.code}",
        networks.entering(organization_id, code.code, source_ip, call.now),
        isinstance(full, MustWait),
    )
    entered = waiting.enter(entry, pool.pool(organization_id), call.now)
    if entered.is_new:
        metrics.count("WaitingEntered", call.now)
    return entered


def _join(call: http.Call[Join, http.NoBody], code: Code, customer: Customer) -> Joined:
    rule = issued.rule_of(code)
    default_seconds = settings.number("RESERVATION_SECONDS", 5, 86_400)
    return joining.join(
        code,
        rule,
        customer.customer_id,
        place_of(call.body.location, call.request.headers),
        when=pool.when(code.organization_id, call.now),
        seconds=rule.reservation_seconds or default_seconds,
        source_ip=None if customer.is_proved else call.request.source_ip,
    )
