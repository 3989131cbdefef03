"""What the API shows of signups: to the customer, and to salesperson and operator (B4, B6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sluice.campaigns.rules.campaigns import Field
from sluice.campaigns.rules.feedback import Judged
from sluice.campaigns.store.judgements import history_of
from sluice.campaigns.store.listing import Listed
from sluice.codes.views.contacts import ContactView
from sluice.shared import sheets
from sluice.shared.http import View

_COLUMNS = (
    *("customer_id", "member_id", "salesperson_id", "channel_id", "state", "signed_up_at"),
    *("version", "outcome", "outcome_at", "reward_id", "reward_minor", "unrewarded"),
)


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
    """A page, and the form as it is now; `next_cursor` leads to the page after it."""

    items: list[SignupView]
    form: list[Field]
    next_cursor: str | None = None


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
