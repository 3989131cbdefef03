"""A customer on the landing page: how they stand with a code, and the page of it (A3, F5)."""

import contextlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from sluice.codes import identities, visitors
from sluice.codes.customers import Who
from sluice.codes.pages import landing as page
from sluice.codes.pages.landing import Shown, Stage
from sluice.codes.refusals import NoRoom, TooManyJoins
from sluice.codes.rules.seats import Assignment
from sluice.codes.store import issued, pool
from sluice.codes.store.pool import Pool
from sluice.codes.tables import Code
from sluice.codes.views import contacts
from sluice.codes.views.contacts import ContactView
from sluice.shared import http, pages
from sluice.shared.errors import Invalid, Problem

REMEMBERED = timedelta(days=1)  # how long somebody is told that the time of their place is over


class Stand(NamedTuple):
    """How a customer stands with a code."""

    stage: Stage
    contact: ContactView | None = None
    ahead: int = 0


def meaning(fields: dict[str, str]) -> dict[str, Any]:
    """Return what the page's form says: what it leaves empty is not said."""
    said: dict[str, Any] = {name: value for name, value in fields.items() if value}
    place = {name: said.pop(name) for name in ("latitude", "longitude") if name in said}
    if place:
        try:
            said["location"] = {name: float(value) for name, value in place.items()}
        except ValueError:
            raise Invalid("location: no numbers.", [("location", "no numbers")]) from None
    return said


def known(given: Who, request: http.Request) -> Who:
    """Return who sends a page's form: whom the cookie knows, though the token's time is over."""
    if visitors.visitor_of(request) is None:
        return given
    return msgspec.structs.replace(given, visitor_token=None)


def stand(request: http.Request, code: Code, now: datetime) -> Stand:
    """Return how the customer of the cookie stands; nothing of others.

    Without a cookie no request. Else a batch read, and one more for each merge; where the code has
    a waiting list 2 reads, and 4 queries a queue for who waits.
    """
    organization_id = code.organization_id
    customer_id = visitors.customer_of(request, organization_id)
    if customer_id is None:
        visitor_id = visitors.visitor_of(request)
        if visitor_id is None:
            return Stand("asks")
        customer_id = identities.visitor_customer(organization_id, visitor_id)
    return _stand_of(code, customer_id, now)


def _stand_of(code: Code, customer_id: str, now: datetime) -> Stand:
    # A first scan, which most are, starts without what looks for seats and places.
    from sluice.codes.store import lookup, waiting  # noqa: PLC0415

    organization_id = code.organization_id
    channels, rule = pool.pool(organization_id), issued.rule_of(code)
    kept = [each.assignment for each in lookup.of_customer(organization_id, customer_id)]
    for assignment in kept:
        channel = channels.find(assignment.channel_id)
        if channel is None or rule.kind not in {None, channel.kind}:
            continue
        if _is_kept(assignment, now, is_open=channel.open):
            return with_seat(assignment, channels)
    if rule.waiting is not None:
        entered = waiting.standing(code, rule, customer_id, channels, now)
        if entered is not None:
            return Stand("waiting", ahead=entered.ahead)
    return Stand("expired" if any(_ran_out(each, code, now) for each in kept) else "asks")


def with_seat(assignment: Assignment, channels: Pool) -> Stand:
    """Return how somebody stands who has a seat."""
    is_connected = assignment.status == "connected"
    shown = contacts.contact(assignment, channels)
    return Stand("connected" if is_connected else "reserved", shown)


def refused(problem: Problem) -> Stand:
    """Return how somebody stands whom a problem kept from a seat."""
    if isinstance(problem, TooManyJoins):
        return Stand("busy")
    return Stand("full" if isinstance(problem, NoRoom) else "failed")


def answer(
    request: http.Request,
    code: Code,
    visitor_id: str,
    stand: Stand,
    *,
    status: int = 200,
) -> http.Answer:
    """Answer the page, with a token for the visitor, and their cookie."""
    organization, now = pool.organization(code.organization_id), request.now
    shown = Shown(
        organization_name=organization.name,
        code=code.code,
        stage=stand.stage,
        zone=ZoneInfo(organization.time_zone),
        inviter=pool.inviter(code),
        token=visitors.token(visitor_id, code.code, now),
        contact=stand.contact,
        ahead=stand.ahead,
        asks_place=stand.stage == "asks" and pool.asks_place(code),
        privacy_url=organization.privacy_url or "",
    )
    languages = request.headers.get("accept-language", "") or organization.locale
    made = page.render(shown, languages, now)
    headers = cookies(request, visitor_id, now) | made.headers
    return http.Answer(status, made.html, pages.HTML, headers)


def cookies(request: http.Request, visitor_id: str, now: datetime) -> dict[str, str]:
    """Return the headers that let a visitor be known again."""
    secure = request.base_url.startswith("https:")
    return {
        "Set-Cookie": visitors.cookie(visitor_id, now, secure=secure),
        "Vary": "Accept, Accept-Language",
    }


def looks_again(request: http.Request) -> bool:
    """Tell whether a page looks again by itself, which is no view."""
    return page.AGAIN in (request.event.get("queryStringParameters") or {})


def visitor(request: http.Request, code: Code, given: Who | None = None) -> str:
    """Return the visitor of the cookie, else of the token, else a new one."""
    found = visitors.visitor_of(request)
    if found is None and given is not None and given.visitor_token is not None:
        with contextlib.suppress(Invalid):
            found = visitors.visitor_in(given.visitor_token, code.code)
    return found or visitors.new_visitor()


def _is_kept(assignment: Assignment, now: datetime, *, is_open: bool) -> bool:
    """Tell whether a seat stands; who has one reserved in a closed channel joins again."""
    if assignment.status == "connected":
        return True
    return is_open and assignment.status == "reserved" and assignment.expires_at > now


def _ran_out(assignment: Assignment, code: Code, now: datetime) -> bool:
    """Tell whether a reservation of this code ended a short while ago, unused."""
    is_unused = assignment.status in {"reserved", "released"} and assignment.code == code.code
    return is_unused and now - REMEMBERED < assignment.expires_at <= now
