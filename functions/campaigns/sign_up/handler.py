"""POST /s/{code}/signup: sign up for a campaign, and get in touch with a salesperson (B4, B5).

JSON, or the page's form; who is known as in POST /s/{code}/join. The answers are checked by the
campaign's form, and are kept apart until 180 days after its end. A seat is reserved as by a join
(the same reads and writes); then one transaction of 6 items, 1 more for each phone number (12 write
units and 2 of the index, or so): signup, answers, the member's counters, event and notice. Once per
customer: again, with whatever body, it answers 200 with the first. Without room nothing is stored.
Refuses: not-found, code-gone, invalid-request, campaign-not-open, no-room, too-many-joins.
"""

from sluice.campaigns import inputs, visits
from sluice.campaigns import signup_views as views
from sluice.campaigns.inputs import SignUp
from sluice.campaigns.refusals import NotOpen
from sluice.campaigns.rules.forms import check
from sluice.campaigns.store import joining
from sluice.campaigns.store.joining import Joining, SignedUp
from sluice.campaigns.visits import Visit
from sluice.codes.customers import customer_of
from sluice.codes.refusals import CodeGone, NoRoom, TooManyJoins
from sluice.codes.rules.places import place_of
from sluice.codes.store import pool
from sluice.codes.views import contacts
from sluice.organizations.store import phone_plan_of
from sluice.shared import errors, forms, http, pages, root_secret


@http.operation(
    forms.door("POST /s/{code}/signup", inputs.meaning),
    body=SignUp,
    answers={200: (views.MadeView, "text/html"), 201: (views.MadeView, "text/html")},
    refusals=(errors.NotFound, CodeGone, NotOpen, NoRoom, TooManyJoins),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[SignUp, http.NoBody]) -> http.Answer:
    """Sign the customer up; a person is told in a page, also what is wrong."""
    found = visits.visit(call.path["code"])
    try:
        made = _sign_up(call, found)
    except (errors.Invalid, NotOpen, CodeGone, NoRoom, TooManyJoins) as problem:
        if not pages.are_wanted(call.request.headers):
            raise
        return visits.told(found, call.request, call.body, problem)
    shown, status = visits.contact(found, made.seat), 201 if made.is_new else 200
    if pages.are_wanted(call.request.headers):
        return visits.answer(found, call.request, "done", status=status, shown=shown)
    view = views.MadeView(
        campaign_id=found.campaign.campaign_id,
        title=found.campaign.definition.title,
        signed_up_at=made.signup.signed_up_at,
        contact=contacts.drawn(shown) if shown else None,
    )
    return http.Answer(status, view)


def _sign_up(call: http.Call[SignUp, http.NoBody], found: Visit) -> SignedUp:
    if not found.is_usable:
        raise CodeGone
    if found.stage(call.now) != "asks":
        raise NotOpen
    given, request = call.body, call.request
    plan = phone_plan_of(found.organization)
    answers, wrong = check(found.campaign.definition.form, given.answers, plan)
    faults = [(f"answers.{name}", reason) for name, reason in wrong]
    faults += [] if given.consent else [("consent", "must be given")]
    if faults:
        raise errors.Invalid("The form is not filled in.", faults)
    customer = customer_of(request, given, found.code)
    wanted = Joining(
        code=found.code,
        campaign=found.campaign,
        customer_id=customer.customer_id,
        answers=answers,
        place=place_of(None, request.headers),
        source_ip=None if customer.is_proved else request.source_ip,
        base_url=request.base_url,
    )
    return joining.sign_up(wanted, call.now)
