"""A customer signs up: a seat with a salesperson first, then the signup that names it (B4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sluice.campaigns.rules.campaigns import Campaign
from sluice.campaigns.store import signups
from sluice.campaigns.store.signups import Made
from sluice.campaigns.tables import Signup
from sluice.codes.refusals import NoRoom
from sluice.codes.rules.places import Place
from sluice.codes.rules.seats import Assignment
from sluice.codes.store import issued, joining, pool
from sluice.codes.store.reserving import Join
from sluice.codes.tables import Code
from sluice.shared import settings


class Joining(NamedTuple):
    """Who signs up for what; `source_ip`: of a customer who proved no identity."""

    code: Code
    campaign: Campaign
    customer_id: str
    answers: Mapping[str, str]
    place: Place
    source_ip: str | None
    base_url: str


class SignedUp(NamedTuple):
    """The signup, whether it was made now, and the customer's seat as far as there is one."""

    signup: Signup
    is_new: bool
    seat: Assignment | None


def sign_up(wanted: Joining, now: datetime) -> SignedUp:
    """Give a customer a seat, as a join does, and sign them up.

    Without room nothing is stored, and who signed up before is told so. Raises NoRoom,
    TooManyJoins, NoSuchCampaign, Contention.
    """
    code = wanted.code
    organization_id, campaign_id = code.organization_id, wanted.campaign.campaign_id
    rule = issued.rule_of(code)
    under_way = Join(
        code=code,
        rule=rule,
        customer_id=wanted.customer_id,
        place=wanted.place,
        source_ip=wanted.source_ip,
        when=pool.when(organization_id, now),
        seconds=rule.reservation_seconds or settings.number("RESERVATION_SECONDS", 5, 86_400),
        pool=pool.pool(organization_id),
    )
    try:
        seat = joining.seat(under_way).assignment
    except NoRoom:
        first = signups.find(organization_id, campaign_id, under_way.customer_id)
        if first is None:
            raise
        return SignedUp(first, is_new=False, seat=None)
    channel = under_way.pool.find(seat.channel_id)
    made = Made(
        campaign=wanted.campaign,
        member_id=str(code.referrer_id),
        customer_id=under_way.customer_id,
        other_id=wanted.customer_id,
        assignment=seat,
        salesperson_id=channel.owner_id if channel else None,
        answers=wanted.answers,
        day=pool.today(organization_id, now),
        base_url=wanted.base_url,
        locale=pool.organization(organization_id).locale,
    )
    signup, is_new = signups.make(made, now)
    return SignedUp(signup, is_new, seat)
