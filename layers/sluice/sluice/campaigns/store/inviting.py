"""One member of a campaign brought in line: in, told of a change, or out (B1).

Each is one transaction under a check of the campaign's version, so that nobody is told of what has
ended or is another version by now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.update import Action

from sluice.campaigns.refusals import CampaignChanged, ParticipationMoved
from sluice.campaigns.rules import campaigns as rules
from sluice.campaigns.rules import notices as words
from sluice.campaigns.rules.campaigns import Campaign
from sluice.campaigns.store import campaigns, participations
from sluice.campaigns.tables import CampaignItem, Link, Participation
from sluice.codes.refusals import CodeGone
from sluice.codes.store import issued, notices
from sluice.codes.store.issued import Wanted
from sluice.codes.tables import SIGNUP
from sluice.organizations.tables import Member
from sluice.shared import ids
from sluice.shared.guard import Transaction


class Invitation(NamedTuple):
    """A campaign to bring members in line with."""

    campaign: Campaign
    locale: str
    now: datetime


def bring_in(given: Invitation, member: Member, found: Participation | None) -> str:
    """Bring an active member of the audience in line; return what was done.

    Invited anew a transaction of 4 items with 2 checks, a change of 3 with 1; mostly nothing.
    Raises CampaignChanged, ParticipationMoved, NoSuchReferrer, Contention.
    """
    if found is None or not participations.is_there(found):
        _invite(given, member, found)
        return "invited"
    if found.told_version < given.campaign.version:
        try:
            _change(given, member, found)
        except CodeGone:  # somebody retired it: material needs one that is read
            _change(given, member, found, ids.new_code())
        return "changed"
    if found.name != member.name:
        transaction = Transaction()
        actions = [Participation.name.set(member.name)]
        _update(transaction, given, found, actions)
        transaction.commit()
        return "renamed"
    return "in_line"


def leave_out(given: Invitation, found: Participation) -> None:
    """Take a member out who is not in the audience any more: their code is retired.

    A transaction of 2 items with a check. Raises CampaignChanged, ParticipationMoved, Contention.
    """
    transaction = Transaction()
    _update(transaction, given, found, [Participation.removed_at.set(given.now)])
    issued.add_retirement(transaction, given.campaign.organization_id, found.code)
    transaction.commit()


def close(given: Invitation, found: Participation) -> None:
    """Let a member's code expire now: the campaign has ended before its time. 1 item."""
    transaction = Transaction()
    wanted = _wanted(given, found.member_id, expires_at=given.now)
    issued.add_change(transaction, given.campaign.organization_id, found.code, wanted)
    transaction.commit()


def _invite(given: Invitation, member: Member, found: Participation | None) -> None:
    """Give a member a code, and the link and the counters that they had if they were in before."""
    campaign, now = given.campaign, given.now
    transaction = Transaction()
    issued.check_referrer(transaction, campaign.organization_id, member.member_id)
    code, token = ids.new_code(), found.token if found else ids.unguessable()
    if found is None:
        _check_version(transaction, given)
        absent = Participation.key.does_not_exist()
        transaction.put(_participation(given, member, code, token), absent, ParticipationMoved())
        transaction.put(_link(given, member.member_id, token))
    else:
        actions = [
            *_coded(code),
            Participation.name.set(member.name),
            Participation.told_version.set(campaign.version),
            Participation.invited_at.set(now),
            Participation.removed_at.remove(),
        ]
        _update(transaction, given, found, actions)
    wanted = _wanted(given, member.member_id)
    issued.put_code(transaction, campaign.organization_id, code, wanted, now)
    _tell(transaction, given, words.PUBLISHED, member.member_id, token)
    transaction.commit()


def _change(
    given: Invitation, member: Member, found: Participation, code: str | None = None
) -> None:
    """Tell a member of a new version, and let their code choose by it; or give them a new one."""
    campaign = given.campaign
    wanted = _wanted(given, member.member_id)
    actions: list[Action] = [
        Participation.told_version.set(campaign.version),
        Participation.name.set(member.name),
    ]
    transaction = Transaction()
    if code is None:
        issued.add_change(transaction, campaign.organization_id, found.code, wanted)
    else:
        issued.put_code(transaction, campaign.organization_id, code, wanted, given.now)
        actions += _coded(code)
    _update(transaction, given, found, actions)
    _tell(transaction, given, words.CHANGED, member.member_id, found.token)
    transaction.commit()


def _coded(code: str) -> list[Action]:
    """Return what gives a participation another code, whose visitors are counted anew."""
    return [Participation.code.set(code), Participation.views_told.set(0)]


def _update(
    transaction: Transaction, given: Invitation, found: Participation, actions: Sequence[Action]
) -> None:
    """Change a participation that is as it was found, of the version that is meant."""
    _check_version(transaction, given)
    same = (Participation.told_version == found.told_version) & (Participation.code == found.code)
    removed = Participation.removed_at
    same &= removed.does_not_exist() if participations.is_there(found) else removed.exists()
    item = Participation(found.key, found.item)
    organization_id = given.campaign.organization_id
    listed = Participation.member_key.set(ids.key(organization_id, found.member_id))
    transaction.update(item, [listed, *actions], condition=same, otherwise=ParticipationMoved())


def _check_version(transaction: Transaction, given: Invitation) -> None:
    campaign = given.campaign
    key = campaigns.key_of(campaign.organization_id, campaign.campaign_id)
    transaction.check(
        CampaignItem(key, campaigns.LATEST),
        condition=CampaignItem.version == campaign.version,
        otherwise=CampaignChanged(),
    )


def _participation(given: Invitation, member: Member, code: str, token: str) -> Participation:
    campaign = given.campaign
    return Participation(
        campaigns.key_of(campaign.organization_id, campaign.campaign_id),
        participations.name_of(member.member_id),
        member_id=member.member_id,
        name=member.name,
        code=code,
        token=token,
        invited_at=given.now,
        told_version=campaign.version,
        member_key=ids.key(campaign.organization_id, member.member_id),
    )


def _link(given: Invitation, member_id: str, token: str) -> Link:
    return Link(
        ids.key("link", token),
        participations.LINK,
        organization_id=given.campaign.organization_id,
        campaign_id=given.campaign.campaign_id,
        member_id=member_id,
    )


def _wanted(given: Invitation, member_id: str, expires_at: datetime | None = None) -> Wanted:
    campaign = given.campaign
    return Wanted(
        rule=rules.rule_of(campaign.definition),
        referrer_id=member_id,
        campaign_id=campaign.campaign_id,
        expires_at=expires_at or campaign.definition.ends_at,
        lands_on=SIGNUP,
    )


def _tell(
    transaction: Transaction, given: Invitation, kind: str, member_id: str, token: str
) -> None:
    campaign = given.campaign
    link = participations.url_of(campaign.base_url, token)
    content = words.notice(kind, campaign.definition, campaign.version, link, given.locale)
    named = ids.key(campaign.organization_id, campaign.campaign_id, str(campaign.version))
    notices.want(transaction, campaign.organization_id, named, kind, member_id, content, given.now)
