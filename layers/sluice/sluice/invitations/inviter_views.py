"""What an inviter sees of their invitations: no name, number or id of anybody (C6)."""

from datetime import datetime

from sluice.invitations.promotion_tables import Outcome, Sent
from sluice.invitations.rules.promotions import Promotion
from sluice.invitations.store.inviting import Record
from sluice.shared import http
from sluice.shared.fields import Time

INVITED, EXPIRED = "invited", "expired"
MAX_JOINED = 100


class InvitationView(http.View):
    """A targeted invitation; `link` is what the inviter forwards.

    `state`: invited, expired; once the person takes part: waiting, rewarded, unrewarded, served or
    not_counted, with the reason.
    """

    invitation_id: str
    link: str
    state: str
    invited_at: Time
    expires_at: Time
    reference: str | None = None
    reason: str | None = None


class JoinedView(http.View):
    """Somebody who came by the open invitation: that, and how it went."""

    state: str
    at: Time
    reason: str | None = None


class InviterView(http.View):
    """An inviter's own record; `left_out`: who was just named is not invited.

    `joined`: the newest 100; `rewarded` counts all.
    """

    promotion_id: str
    open_link: str
    invited: int
    rewarded: int
    invitations: list[InvitationView]
    joined: list[JoinedView]
    left_out: bool


def view_of(
    promotion: Promotion, record: Record, base_url: str, now: datetime, *, left_out: bool = False
) -> InviterView:
    """Return what an inviter has done and what became of it."""
    newest = sorted(record.outcomes, key=lambda each: each.at, reverse=True)
    by_invitation = {each.invitation_id: each for each in record.outcomes if each.invitation_id}
    return InviterView(
        promotion_id=promotion.promotion_id,
        open_link=link_of(base_url, record.inviter.token),
        invited=int(record.inviter.invited),
        rewarded=int(record.inviter.rewarded),
        invitations=[
            _invitation(each, by_invitation.get(each.invitation_id), base_url, now)
            for each in record.sent
        ],
        joined=[
            JoinedView(state=each.state, at=each.at, reason=each.reason)
            for each in newest
            if not each.invitation_id
        ][:MAX_JOINED],
        left_out=left_out,
    )


def link_of(base_url: str, token: str) -> str:
    """Return the link of an invitation: it names nobody."""
    return f"{base_url}/i/{token}"


def _invitation(
    sent: Sent, outcome: Outcome | None, base_url: str, now: datetime
) -> InvitationView:
    state = EXPIRED if sent.expires_at <= now else INVITED
    return InvitationView(
        invitation_id=sent.invitation_id,
        link=link_of(base_url, sent.token),
        state=outcome.state if outcome else state,
        invited_at=sent.at,
        expires_at=sent.expires_at,
        reference=sent.reference,
        reason=outcome.reason if outcome else None,
    )
