"""A customer on the signup page: of which campaign, in which stage, with whose contact (B4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sluice.campaigns.inputs import SignUp
from sluice.campaigns.material import card
from sluice.campaigns.pages import signup as page
from sluice.campaigns.pages.signup import Shown, Stage
from sluice.campaigns.rules import wording
from sluice.campaigns.rules.campaigns import PUBLISHED, Campaign
from sluice.campaigns.store import known, signups
from sluice.campaigns.tables import Signup
from sluice.codes import identities, visitors
from sluice.codes.refusals import NoRoom, TooManyJoins
from sluice.codes.rules.seats import Assignment
from sluice.codes.store import lookup, pool, seats
from sluice.codes.tables import Code
from sluice.codes.views import contacts
from sluice.codes.views.contacts import ContactView
from sluice.organizations.tables import Organization
from sluice.shared import errors, http, pages

FAULTS = {"consent", "answers"}  # what a person can mend in the page's form
CONTACT = "contact"  # the kind of channel that a campaign's codes give


class Visit(NamedTuple):
    """A code that was opened; `is_usable`: it has neither expired nor been retired."""

    code: Code
    campaign: Campaign
    organization: Organization
    is_usable: bool

    def stage(self, now: datetime) -> Stage:
        """Return whether customers can sign up: not yet, now, or no more."""
        given = self.campaign.definition
        if self.is_usable and given.status == PUBLISHED and now < given.starts_at:
            return "soon"
        is_open = self.is_usable and given.status == PUBLISHED and now < given.ends_at
        return "asks" if is_open else "over"


class Standing(NamedTuple):
    """What is known of who calls: their seat with a salesperson, and their signup."""

    seat: Assignment | None = None
    signup: Signup | None = None


def visit(name: str) -> Visit:
    """Return what a code leads to, some seconds old. Raises NotFound."""
    code, is_usable = known.any_code(name)
    campaign = known.campaign_of(code)
    return Visit(code, campaign, pool.organization(code.organization_id), is_usable)


def standing(found: Visit, request: http.Request, now: datetime) -> Standing:
    """Return how the customer of the cookie stands: a batch read and a read; nothing of others."""
    organization_id = found.code.organization_id
    customer_id = visitors.customer_of(request, organization_id)
    if customer_id is None:
        visitor_id = visitors.visitor_of(request)
        if visitor_id is None:
            return Standing()
        customer_id = identities.visitor_customer(organization_id, visitor_id)
    kept = lookup.of_customer(organization_id, customer_id)
    own = kept[0].customer_id if kept else customer_id
    signup = signups.find(organization_id, found.campaign.campaign_id, own)
    return Standing(_seat([each.assignment for each in kept], organization_id, now), signup)


def _seat(assignments: list[Assignment], organization_id: str, now: datetime) -> Assignment | None:
    """Return the seat with a contact that stands: connected, or reserved and not expired."""
    for each in assignments:
        slot = seats.slot_of(organization_id, each.assignment_id)
        is_kept = each.status == "connected" or (
            each.status == "reserved" and each.expires_at > now
        )
        if is_kept and slot is not None and slot.scope == CONTACT:
            return each
    return None


def contact(found: Visit, seat: Assignment | None) -> ContactView | None:
    """Show the salesperson of a seat; their channel may be some seconds old."""
    if seat is None:
        return None
    return contacts.contact(seat, pool.pool(found.code.organization_id))


def answer(
    found: Visit,
    request: http.Request,
    stage: Stage,
    *,
    status: int = 200,
    token: str = "",
    shown: ContactView | None = None,
    said: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    problem: str = "",
    headers: Mapping[str, str] | None = None,
) -> http.Answer:
    """Answer the page. Its script asks for a seat where the customer could have one."""
    made = page.render(
        Shown(
            campaign=found.campaign,
            organization_name=found.organization.name,
            privacy_url=found.organization.privacy_url or "",
            zone=ZoneInfo(found.organization.time_zone),
            stage=stage,
            join_url="join",  # relative: the page may only ask the host it came from
            token=token,
            contact=shown,
            said=said or {},
            wrong=wrong or {},
            problem=problem,
            joins=stage == "asks" and shown is None and not problem,
            card=card.meta_tags(_card(found, request.base_url), found.organization.name),
        ),
        request.headers.get("accept-language", "") or found.organization.locale,
        request.now,
    )
    varied = {"Vary": "Accept, Accept-Language"}
    return http.Answer(status, made.html, pages.HTML, varied | made.headers | dict(headers or {}))


def told(
    found: Visit, request: http.Request, given: SignUp, problem: errors.Problem
) -> http.Answer:
    """Answer the page again, with what was written and what of it is wrong."""
    wrong, reason = dict[str, str](), ""
    if isinstance(problem, errors.Invalid):
        wrong = {field.removeprefix("answers."): why for field, why in problem.fields}
        if not all(field.split(".")[0] in FAULTS for field, _ in problem.fields):
            wrong, reason = {}, "failed"
    elif isinstance(problem, (NoRoom, TooManyJoins)):
        reason = "full"
    return answer(
        found,
        request,
        found.stage(request.now),
        status=problem.status,
        token=given.visitor_token or "",
        said=given.answers,
        wrong=wrong,
        problem=reason,
    )


def _card(found: Visit, base_url: str) -> card.Card:
    given, zone = found.campaign.definition, ZoneInfo(found.organization.time_zone)
    starts, ends = given.starts_at.astimezone(zone), given.ends_at.astimezone(zone)
    dates = wording.span(starts, ends, found.organization.locale)
    url = f"{base_url}/s/{found.code.code}"
    return card.of_campaign(given, dates, url, f"{url}/card?version={found.campaign.version}")
