"""Opt-out and erasure (C6): what promotions keep of a person, under every identity of theirs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sluice.invitations.promotion_tables import (
    Invited,
    Inviter,
    Link,
    OptOut,
    Outcome,
    Participation,
    PromotionItem,
    Sent,
)
from sluice.invitations.refusals import CameLater
from sluice.invitations.store import promotions
from sluice.invitations.store.inviting import INVITED, LINK, OPT_OUT, OUTCOME, SENT, place_of
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find

BATCH = 8  # items of a transaction: an invitation is 10 on all sides, the participation 22
MAX_PROMOTIONS = 100  # a page


def opt_out(link: Link, now: datetime) -> None:
    """End a targeted invitation for who it names, and keep anybody from inviting them again.

    One transaction: an item for each identity, and what the invitation is made of. Safe to repeat.
    """
    transaction = Transaction()
    for key in map(str, link.invitee_keys or ()):
        transaction.put(OptOut(ids.key(link.organization_id, key), OPT_OUT, at=now))
    _erase_invitation(
        transaction,
        link.organization_id,
        link.promotion_id,
        link.inviter,
        str(link.invitation_id),
        [str(key) for key in link.invitee_keys or ()],
    )
    transaction.erase(link)
    transaction.commit()


def forget(organization_id: str, person_keys: Sequence[str], erased_at: datetime) -> None:
    """Erase what promotions keep of a person: invitations by them and of them, participations.

    Only what is no later than the erasure: this may be asked for long after it, of somebody who
    came back. For each promotion and identity a query and, where there is something, transactions.
    Opt-outs stay: they keep the person from being named again. The ledger's rewards stay, by user
    id.
    """
    after = ""
    while page := promotions.list_promotions(organization_id, after, MAX_PROMOTIONS):
        for promotion in page:
            for key in person_keys:
                _forget(organization_id, promotion.promotion_id, key, erased_at)
        after = page[-1].promotion_id


def _forget(organization_id: str, promotion_id: str, person_key: str, erased_at: datetime) -> None:
    place, last = place_of(organization_id, promotion_id, person_key), None
    while True:
        page = PromotionItem.query(
            place, limit=BATCH, consistent_read=True, last_evaluated_key=last
        )
        found = [item for item in page if _is_before(item, erased_at)]
        items = {_name(each): each for each in _with_others(organization_id, found)}
        while items:
            try:
                _erase(items.values(), erased_at)
                break
            except CameLater as refusal:
                del items[_name(refusal.current)]
        last = page.last_evaluated_key
        if last is None:
            break


def _erase(items: Iterable[PromotionItem], erased_at: datetime) -> None:
    """Erase items in a transaction, each as no later than the erasure. Raises CameLater."""
    transaction = Transaction()
    for item in items:
        if isinstance(item, Link):  # of an invitation that was: nobody makes its token again
            transaction.erase(item)
            continue
        at = _time(item)
        older = at.does_not_exist() | (at <= erased_at)
        transaction.delete(item, condition=older, otherwise=CameLater())
    transaction.commit()


def _time(item: PromotionItem) -> Any:
    """Return the attribute of when an item was written."""
    if isinstance(item, Inviter):
        return Inviter.joined_at
    if isinstance(item, Participation):
        return Participation.recorded_at
    kind: Any = type(item)
    return kind.at


def _is_before(item: PromotionItem, erased_at: datetime) -> bool:
    at = getattr(item, _time(item).attr_name)
    return at is None or at <= erased_at


def _name(item: PromotionItem) -> tuple[str, str]:
    return item.key, item.item


def _with_others(organization_id: str, found: Sequence[PromotionItem]) -> list[PromotionItem]:
    """Add what stands of these items in other partitions: an invitation is on both sides."""
    erased: list[PromotionItem] = []
    for item in found:
        promotion_id, own = item.key.split("#")[1:]
        if isinstance(item, Invited):
            link = find(Link, ids.key(LINK, item.token), LINK)
            known = link.invitee_keys if link else None  # its time to live took it first
            keys = [str(key) for key in known or (item.first_key, own)]
            erased += _parts(organization_id, promotion_id, item.inviter, item.invitation_id, keys)
            erased.append(Link(ids.key(LINK, item.token), LINK))
        elif isinstance(item, Sent):
            keys = [str(key) for key in item.invitee_keys]
            erased += _parts(organization_id, promotion_id, own, item.invitation_id, keys)
            erased.append(Link(ids.key(LINK, item.token), LINK))
        elif isinstance(item, Inviter):
            erased.append(Link(ids.key(LINK, item.token), LINK))
        elif isinstance(item, Participation):
            erased += _outcomes(organization_id, promotion_id, item)
        erased.append(item)
    return erased


def _outcomes(organization_id: str, promotion_id: str, item: Participation) -> list[PromotionItem]:
    """Return what inviters were told of a participation, by the person's key."""
    told = [item.inviter, *(other[0] for other in item.others or ())]
    name = ids.key(OUTCOME, item.participation_id)
    return [
        Outcome(place_of(organization_id, promotion_id, inviter), name)
        for inviter in told
        if inviter
    ]


def _parts(
    organization_id: str,
    promotion_id: str,
    inviter: str,
    invitation_id: str,
    keys: Sequence[str],
) -> list[PromotionItem]:
    sent = Sent(place_of(organization_id, promotion_id, inviter), ids.key(SENT, keys[0]))
    name = ids.key(INVITED, invitation_id)
    return [sent, *(Invited(place_of(organization_id, promotion_id, key), name) for key in keys)]


def _erase_invitation(  # noqa: PLR0917 - what an invitation is made of
    transaction: Transaction,
    organization_id: str,
    promotion_id: str,
    inviter: str,
    invitation_id: str,
    keys: Sequence[str],
) -> None:
    for item in _parts(organization_id, promotion_id, inviter, invitation_id, keys):
        transaction.erase(item)
