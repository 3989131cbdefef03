"""Opt-out and erasure (C6): what promotions keep of a person, under every identity of theirs."""

from collections.abc import Sequence
from datetime import datetime

from sluice.invitations.promotion_tables import (
    Invited,
    Inviter,
    Link,
    OptOut,
    PromotionItem,
    Sent,
)
from sluice.invitations.store import promotions
from sluice.invitations.store.inviting import INVITED, LINK, OPT_OUT, SENT, place_of
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find

BATCH = 20  # items in a transaction, of which each may take 10 others along
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


def forget(organization_id: str, person_keys: Sequence[str]) -> None:
    """Erase what promotions keep of a person: invitations by them and of them, participations.

    For each promotion and identity a query and, where there is something, transactions. Opt-outs
    stay: they keep the person from being named again. The ledger's rewards stay, by user id.
    """
    after = ""
    while page := promotions.list_promotions(organization_id, after, MAX_PROMOTIONS):
        for promotion in page:
            for key in person_keys:
                _forget(organization_id, promotion.promotion_id, key)
        after = page[-1].promotion_id


def _forget(organization_id: str, promotion_id: str, person_key: str) -> None:
    place = place_of(organization_id, promotion_id, person_key)
    while found := list(PromotionItem.query(place, limit=BATCH // 2, consistent_read=True)):
        transaction = Transaction()
        for item in {_name(each): each for each in _with_others(organization_id, found)}.values():
            transaction.erase(item)
        transaction.commit()


def _name(item: PromotionItem) -> tuple[str, str]:
    return item.key, item.item


def _with_others(organization_id: str, found: Sequence[PromotionItem]) -> list[PromotionItem]:
    """Add what stands of these items in other partitions: an invitation is on both sides."""
    erased: list[PromotionItem] = []
    for item in found:
        promotion_id, own = item.key.split("#")[1:]
        if isinstance(item, Invited):
            link = find(Link, ids.key(LINK, item.token), LINK)
            keys = [str(key) for key in (link.invitee_keys if link else None) or (own,)]
            erased += _parts(organization_id, promotion_id, item.inviter, item.invitation_id, keys)
            erased.append(Link(ids.key(LINK, item.token), LINK))
        elif isinstance(item, Sent):
            keys = [str(key) for key in item.invitee_keys]
            erased += _parts(organization_id, promotion_id, own, item.invitation_id, keys)
            erased.append(Link(ids.key(LINK, item.token), LINK))
        elif isinstance(item, Inviter):
            erased.append(Link(ids.key(LINK, item.token), LINK))
        erased.append(item)
    return erased


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
