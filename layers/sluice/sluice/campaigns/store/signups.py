"""Signups: made once per customer, with their counters, event and notice (B4, B5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluice.campaigns.refusals import AlreadySignedUp, NoSuchCampaign, SignupMoved
from sluice.campaigns.rules import words
from sluice.campaigns.rules.campaigns import Campaign
from sluice.campaigns.store import campaigns, participations
from sluice.campaigns.tables import Answers, Day, Participation, PersonSignup, Signup
from sluice.codes.rules.seats import Assignment
from sluice.codes.store import notices
from sluice.organizations import person_keys
from sluice.shared import ids, outbox
from sluice.shared.guard import Transaction
from sluice.shared.table import find as find_item

ATTEMPTS = 8  # at a transaction: a member's counters are one item
KEPT = timedelta(days=180)  # answers, after the campaign's end as it was known when they signed up
PREFIX = "signup#"
MADE, NOTICE = "signup.made.v1", "campaign-signup"
FIRST = 1  # revision


@dataclass(frozen=True)
class Made:
    """What a signup is made of; `other_id` is who the customer was before they were recognised."""

    campaign: Campaign
    member_id: str
    customer_id: str
    other_id: str
    assignment: Assignment
    salesperson_id: str | None
    answers: Mapping[str, str]
    day: str
    base_url: str
    locale: str


def find(organization_id: str, campaign_id: str, customer_id: str) -> Signup | None:
    """Return a customer's signup, or None: one read."""
    return find_item(Signup, campaigns.key_of(organization_id, campaign_id), name_of(customer_id))


def make(made: Made, now: datetime) -> tuple[Signup, bool]:
    """Sign a customer up, once; tells whether it was now. The first signup stands as it is.

    Of who signed up before only whom they are in touch with follows their seat, until it was said
    whether they took part. A read of the member; one transaction of 6 items, 1 more for each
    phone number answered: 12 write units and 2 of the index, or so. Raises NoSuchCampaign,
    Contention.
    """
    campaign = made.campaign
    organization_id, campaign_id = campaign.organization_id, campaign.campaign_id
    member = participations.find(organization_id, campaign_id, made.member_id)
    if member is None:
        raise NoSuchCampaign
    item = _item(made, now)
    transaction = Transaction()
    transaction.put(item, Signup.key.does_not_exist(), AlreadySignedUp())
    if made.other_id != made.customer_id:
        transaction.check(
            Signup(item.key, name_of(made.other_id)),
            condition=Signup.key.does_not_exist(),
            otherwise=AlreadySignedUp(),
        )
    transaction.update(
        Participation(member.key, member.item),
        [Participation.signups.add(1)],
        condition=Participation.key.exists(),
        otherwise=NoSuchCampaign(),
    )
    transaction.upsert(day_item(item.key, made.member_id, made.day), [Day.signups.add(1)])
    _keep_answers(transaction, made, item.key, now)
    _tell(transaction, made, member, now)
    try:
        transaction.commit(ATTEMPTS)
    except AlreadySignedUp as refusal:
        return _followed(refusal.current, made), False
    return item, True


def name_of(customer_id: str) -> str:
    """Return the name of a signup's item."""
    return ids.key("signup", customer_id)


def answers_name(customer_id: str) -> str:
    """Return the name of the item of what a customer answered."""
    return ids.key("answers", customer_id)


def day_item(key: str, member_id: str, day: str) -> Day:
    """Return the item of a member's day, for an update."""
    return Day(key, ids.key("day", member_id, day))


def person_place(organization_id: str, person_key: str) -> str:
    """Return where it stands what a person signed up for."""
    return ids.key(organization_id, "person", person_key)


def salesperson_key(key: str, salesperson_id: str) -> str:
    """Return where a salesperson's signups in a campaign stand in the index."""
    return ids.key(*key.split("#"), salesperson_id)


def place_of(signed_up_at: datetime, customer_id: str) -> str:
    """Return a signup's place among those of its salesperson."""
    return ids.key(Signup.signed_up_at.serialize(signed_up_at), customer_id)


def _item(made: Made, now: datetime) -> Signup:
    campaign, seat = made.campaign, made.assignment
    item = Signup(
        campaigns.key_of(campaign.organization_id, campaign.campaign_id),
        name_of(made.customer_id),
        customer_id=made.customer_id,
        member_id=made.member_id,
        salesperson_id=made.salesperson_id,
        channel_id=seat.channel_id,
        assignment_id=seat.assignment_id,
        code=seat.code,
        version=campaign.version,
        signed_up_at=now,
        signed_up_day=made.day,
        revision=FIRST,
    )
    if made.salesperson_id is not None:
        item.salesperson_key = salesperson_key(item.key, made.salesperson_id)
        item.place = place_of(now, made.customer_id)
    return item


def _keep_answers(transaction: Transaction, made: Made, key: str, now: datetime) -> None:
    """Keep what is personal apart, and where it is found when its person is erased."""
    if not made.answers:
        return
    campaign = made.campaign
    expires = campaign.definition.ends_at + KEPT
    transaction.put(
        Answers(key, answers_name(made.customer_id), answers=dict(made.answers), expires=expires)
    )
    phones = {
        made.answers[field.name]
        for field in campaign.definition.form
        if field.type == "phone" and field.name in made.answers
    }
    for number in sorted(phones):
        person = person_keys.key_of(campaign.organization_id, person_keys.PHONE, number)
        place = person_place(campaign.organization_id, person)
        name = ids.key(campaign.campaign_id, made.customer_id)
        transaction.put(PersonSignup(place, name, at=now, expires=expires))


def _tell(transaction: Transaction, made: Made, member: Participation, now: datetime) -> None:
    """Send the event, and the notice to the member: neither holds what the customer answered."""
    campaign = made.campaign
    data = {
        "campaign_id": campaign.campaign_id,
        "customer_id": made.customer_id,
        "member_id": made.member_id,
        "salesperson_id": made.salesperson_id,
        "assignment_id": made.assignment.assignment_id,
    }
    event = outbox.Event(
        id=ids.sortable(now),
        type=MADE,
        organization_id=campaign.organization_id,
        occurred_at=now,
        version=FIRST,
        data=data,
    )
    outbox.emit(transaction, event)
    notice_id = f"signup.{campaign.campaign_id}.{made.customer_id}"
    link = participations.url_of(made.base_url, member.token)
    content = words.signup_notice(campaign.definition.title, link, made.locale)
    organization_id, member_id = campaign.organization_id, made.member_id
    notices.want(transaction, organization_id, notice_id, NOTICE, member_id, content, now)


def _followed(first: Signup, made: Made) -> Signup:
    """Put the signup to the salesperson of the customer's seat now: 2 write units, if it moved."""
    seat = made.assignment
    if seat.assignment_id == first.assignment_id or first.outcome:
        return first
    actions = [
        Signup.assignment_id.set(seat.assignment_id),
        Signup.channel_id.set(seat.channel_id),
        Signup.revision.add(1),
    ]
    if made.salesperson_id is None:
        actions += [Signup.salesperson_id.remove(), Signup.salesperson_key.remove()]
        actions.append(Signup.place.remove())
    else:
        actions += [
            Signup.salesperson_id.set(made.salesperson_id),
            Signup.salesperson_key.set(salesperson_key(first.key, made.salesperson_id)),
            Signup.place.set(place_of(first.signed_up_at, first.customer_id)),
        ]
    transaction = Transaction()
    transaction.update(
        Signup(first.key, first.item),
        actions,
        condition=Signup.revision == first.revision,
        otherwise=SignupMoved(),
    )
    try:
        transaction.commit()
    except SignupMoved as refusal:
        moved: Signup = refusal.current
        return moved
    first.assignment_id, first.channel_id = seat.assignment_id, seat.channel_id
    first.salesperson_id = made.salesperson_id
    return first
