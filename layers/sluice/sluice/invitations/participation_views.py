"""Participations as callers see them (C4, C5)."""

from sluice.invitations.promotion_tables import Participation
from sluice.invitations.store.participating import version_of
from sluice.shared import http
from sluice.shared.fields import Time


class OtherView(http.View):
    """Somebody else who invited, and why theirs does not count."""

    inviter: str
    reason: str


class ParticipationView(http.View):
    """Who took part, and how it stands; people are named by their person keys.

    `state`: served (no newcomer; `reason` says why), waiting (for the activity record), rewarded,
    unrewarded (`reason`; send the event again to try again). `promotion_version`: by whose terms.
    """

    participation_id: str
    state: str
    is_newcomer: bool
    occurred_at: Time
    others: list[OtherView]
    rewards: list[str]
    promotion_version: int | None = None
    reason: str | None = None
    inviter: str | None = None
    invitation_id: str | None = None
    settled_at: Time | None = None


def view_of(item: Participation) -> ParticipationView:
    """Return a participation as callers see it."""
    return ParticipationView(
        participation_id=item.participation_id,
        state=item.state,
        is_newcomer=item.is_newcomer,
        occurred_at=item.occurred_at,
        promotion_version=version_of(item),
        reason=item.reason,
        inviter=item.inviter,
        invitation_id=item.invitation_id,
        others=[OtherView(inviter=inviter, reason=why) for inviter, why, _ in item.others or ()],
        rewards=list(item.rewards or ()),
        settled_at=item.settled_at,
    )
