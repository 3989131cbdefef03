"""What the API shows of signups: to the customer, and to salesperson and operator (B4, B6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sluice.campaigns.rules.campaigns import Field
from sluice.campaigns.rules.feedback import Judged
from sluice.campaigns.store.judgements import history_of
from sluice.campaigns.store.listing import Listed
from sluice.codes import qr
from sluice.codes.providers import contact_of
from sluice.codes.qr import Style
from sluice.codes.rules.seats import Assignment
from sluice.codes.store.pool import Pool
from sluice.shared import sheets
from sluice.shared.http import View

_QR = Style(scale=5)
_COLUMNS = (
    *("customer_id", "member_id", "salesperson_id", "channel_id", "state", "signed_up_at"),
    *("version", "outcome", "outcome_at", "reward_id", "reward_minor", "unrewarded"),
)


class ContactView(View):
    """The salesperson's contact: how a customer gets in touch, and until when the seat is kept."""

    assignment_id: str
    status: str
    name: str
    reference: str | None = None
    url: str | None = None
    qr_svg: str = ""
    expires_at: datetime | None = None


class MadeView(View):
    """A customer's own signup."""

    campaign_id: str
    title: str
    signed_up_at: datetime
    contact: ContactView | None = None  # none: the salesperson's channel is gone, or has no room


class PageView(View):
    """A campaign's signup page for clients without a browser; `stage`: soon, asks, done or over."""

    code: str
    organization_name: str
    title: str
    headline: str
    text: str
    starts_at: datetime
    ends_at: datetime
    stage: str
    form: list[Field]
    visitor_token: str
    token_expires_at: datetime
    contact: ContactView | None = None


class SignupView(View):
    """A signup as staff see it; `state` is its assignment's, `history` has the newest 20."""

    customer_id: str
    member_id: str
    channel_id: str
    assignment_id: str
    code: str
    version: int
    signed_up_at: datetime
    revision: int
    history: list[Judged]
    answers: dict[str, str]
    salesperson_id: str | None = None
    state: str | None = None
    outcome: str | None = None
    outcome_at: datetime | None = None
    reward_id: str | None = None
    reward_minor: int | None = None
    unrewarded: str | None = None


class SignupPage(View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[SignupView]
    next_cursor: str | None = None


def contact(seat: Assignment, pool: Pool) -> ContactView | None:
    """Show how to get in touch; None: nothing is known of the channel here."""
    known = pool.find(seat.channel_id)
    if known is None:
        return None
    given = contact_of(known, seat.assignment_id)
    url, reference = given.get("qr_code"), given.get("reference")
    drawn = qr.image(str(url or reference), _QR).decode() if url or reference else ""
    return ContactView(
        assignment_id=seat.assignment_id,
        status=seat.status,
        name=known.name,
        reference=reference,
        url=url,
        qr_svg=drawn[drawn.find("<svg") :],
        expires_at=seat.expires_at if seat.status == "reserved" else None,
    )


def of_listed(listed: Listed) -> SignupView:
    """Show a signup."""
    signup = listed.signup
    minor: float | None = signup.reward_minor
    return SignupView(
        customer_id=signup.customer_id,
        member_id=signup.member_id,
        salesperson_id=signup.salesperson_id,
        channel_id=signup.channel_id,
        assignment_id=signup.assignment_id,
        code=signup.code,
        version=int(signup.version),
        state=listed.state,
        signed_up_at=signup.signed_up_at,
        revision=int(signup.revision),
        outcome=signup.outcome,
        outcome_at=signup.outcome_at,
        history=list(history_of(signup)),
        answers=dict(listed.answers),
        reward_id=signup.reward_id,
        reward_minor=None if minor is None else int(minor),
        unrewarded=signup.unrewarded,
    )


def sheet(found: Sequence[Listed], form: Sequence[Field]) -> str:
    """Return signups as CSV: a line each, the questions of the form as it is now at the end."""
    rows = [[*(_cell(each, name) for name in _COLUMNS), *_answers(each, form)] for each in found]
    return sheets.render([*_COLUMNS, *(field.name for field in form)], rows)


def _cell(listed: Listed, name: str) -> Any:
    value = listed.state if name == "state" else getattr(listed.signup, name)
    if isinstance(value, datetime):
        return value.isoformat()
    return int(value) if isinstance(value, (int, float)) else value


def _answers(listed: Listed, form: Sequence[Field]) -> list[str | None]:
    return [listed.answers.get(field.name) for field in form]
