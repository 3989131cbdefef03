"""Rows of people and of pushes, which whole tables are read for: the API's views, and whose.

No row has a token, a link that lets its holder act, or an address in clear.
"""

from datetime import datetime

import msgspec
from pynamodb.expressions.condition import Condition

from sluice.exports.scans import fields_of, parts_of
from sluice.exports.walks import Asked
from sluice.invitations.participation_views import ParticipationView
from sluice.invitations.participation_views import view_of as participation_of
from sluice.invitations.people_tables import (
    ListEntry,
    MappedUser,
    PersonAttributes,
    PersonItem,
    SamePerson,
)
from sluice.invitations.promotion_tables import Inviter, OptOut, Participation, Sent
from sluice.invitations.rules.lists import Attributes
from sluice.push import recipient_views, timeline
from sluice.push.recipient_tables import Recipient
from sluice.push.recipient_views import RecipientView
from sluice.push.store import recipients
from sluice.push.tables import Attempt, Push
from sluice.push.timeline import ListedPush, MessageView
from sluice.shared.http import View


class PushRow(ListedPush, kw_only=True):
    """A push, to whom, and by which run."""

    user_id: str
    run_id: str | None = None


class AttemptRow(MessageView, kw_only=True):
    """A message of a push; its tracking id opens links, and is left out."""

    push_id: str


class PersonRow(View):
    """One thing that is known under one identity of a person, which is a keyed hash.

    `what`: on a `list` (the blacklist, too), the `user` of app 2, `attributes`, or the `same`
    person as another identity.
    """

    person_key: str
    what: str
    at: datetime | None = None
    list: str | None = None
    source: str | None = None
    reference: str | None = None
    user_id: str | None = None
    attributes: Attributes | None = None
    same_as: str | None = None


class InviterRow(View):
    """Who takes part in a promotion as an inviter, by the person key that names them there."""

    promotion_id: str
    inviter: str
    user_id: str
    joined_at: datetime
    invited: int
    rewarded: int


class InvitationRow(View):
    """A targeted invitation; what became of it is told by the participation that names it."""

    promotion_id: str
    inviter: str
    invitation_id: str
    invited_at: datetime
    expires_at: datetime
    reference: str | None = None


class ParticipationRow(ParticipationView, kw_only=True):
    """A participation, and whose."""

    promotion_id: str
    user_id: str


class OptOutRow(View):
    """An identity that nobody may invite."""

    person_key: str
    at: datetime


def recipient(item: Recipient) -> RecipientView | None:
    """Return the row of a recipient; of one who was erased there is none."""
    person = recipients.person_of(item)
    return None if person is None else recipient_views.view_of(item.user_id, person, item)


def push(item: Push) -> PushRow:
    """Return the row of a push."""
    return PushRow(user_id=item.user_id, run_id=item.run_id, **fields_of(timeline.listed(item)))


def attempt(item: Attempt) -> AttemptRow:
    """Return the row of an attempt."""
    shown = fields_of(timeline.attempt_of(item))
    del shown["tracking_id"]
    return AttemptRow(push_id=parts_of(item.key)[0], **shown)


def are_known(_: Asked) -> Condition:
    """Tell what a person's row is made of from what else is in their table."""
    told: Condition = PersonItem.kind.is_in(ListEntry, MappedUser, PersonAttributes, SamePerson)
    return told


def person(item: PersonItem) -> PersonRow | None:
    """Return the row of what an item says of an identity."""
    (key,) = parts_of(item.key)
    match item:
        case ListEntry():
            return PersonRow(
                person_key=key,
                what="list",
                at=item.at,
                list=item.list_name,
                source=item.source,
                reference=item.reference,
            )
        case MappedUser():
            return PersonRow(person_key=key, what="user", at=item.at, user_id=item.user_id)
        case PersonAttributes():
            said = msgspec.convert(item.attributes, Attributes)
            return PersonRow(person_key=key, what="attributes", at=item.at, attributes=said)
        case SamePerson():
            return PersonRow(person_key=key, what="same", same_as=item.other_key)
    return None


def inviter(item: Inviter) -> InviterRow:
    """Return the row of an inviter."""
    promotion_id, person_key = parts_of(item.key)
    return InviterRow(
        promotion_id=promotion_id,
        inviter=person_key,
        user_id=item.user_id,
        joined_at=item.joined_at,
        invited=int(item.invited),
        rewarded=int(item.rewarded),
    )


def invitation(item: Sent) -> InvitationRow:
    """Return the row of a targeted invitation, without its link."""
    promotion_id, person_key = parts_of(item.key)
    return InvitationRow(
        promotion_id=promotion_id,
        inviter=person_key,
        invitation_id=item.invitation_id,
        invited_at=item.at,
        expires_at=item.expires_at,
        reference=item.reference,
    )


def participation(item: Participation) -> ParticipationRow:
    """Return the row of a participation."""
    return ParticipationRow(
        promotion_id=parts_of(item.key)[0],
        user_id=item.user_id,
        **fields_of(participation_of(item)),
    )


def opt_out(item: OptOut) -> OptOutRow:
    """Return the row of an identity that nobody may invite."""
    return OptOutRow(person_key=parts_of(item.key)[0], at=item.at)
