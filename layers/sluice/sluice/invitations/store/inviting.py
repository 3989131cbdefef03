"""Inviters and whom they invite (C2, C3): open invitations, and targeted ones by name."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluice.invitations.promotion_tables import Invited, Inviter, Link, OptOut, Outcome, Sent
from sluice.invitations.refusals import (
    AgreedBefore,
    AlreadyInvited,
    InviterExists,
    LeftOut,
    NotAnInviter,
    SelfInvitation,
    TooManyInvitations,
)
from sluice.invitations.rules import promotions as rules
from sluice.invitations.rules.lists import BLACKLIST, EXISTING_CUSTOMERS
from sluice.invitations.rules.promotions import Promotion
from sluice.invitations.store import lists, people
from sluice.invitations.store.participants import Person
from sluice.shared import ids
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

KEPT = timedelta(days=60)  # an invitation, after it has expired; the time to live decides nothing
MAX_OUTCOMES = 1_000  # of an inviter that are looked at: some 250 KB
MAX_SENT = rules.MAX_INVITATIONS
INVITER, SENT, INVITED, OUTCOME = "inviter", "sent", "invited", "outcome"
LINK, OPT_OUT = "link", "opt_out"


@dataclass(frozen=True)
class Record:
    """What an inviter has done and what became of it."""

    inviter: Inviter
    sent: Sequence[Sent]
    outcomes: Sequence[Outcome]


def place_of(organization_id: str, promotion_id: str, person_key: str) -> str:
    """Return the partition of what happens to a person in a promotion."""
    return ids.key(organization_id, promotion_id, person_key)


def find_inviter(organization_id: str, promotion_id: str, person_key: str) -> Inviter | None:
    """Return who takes part as an inviter: one read."""
    return find(Inviter, place_of(organization_id, promotion_id, person_key), INVITER)


def join(organization_id: str, promotion: Promotion, person: Person, now: datetime) -> Inviter:
    """Let an existing customer take part, with an open invitation of their own (C2). Once.

    One read, for who is new the reads of `_listed_key` and one transaction: 2 items, and a check of
    the list and of the blacklist for each identity. Raises NotAnInviter.
    """
    found = find_inviter(organization_id, promotion.promotion_id, person.key)
    if found is not None:
        return found
    token = ids.unguessable()
    place = place_of(organization_id, promotion.promotion_id, person.key)
    item = Inviter(
        place, INVITER, user_id=person.user_id, token=token, joined_at=now, invited=0, rewarded=0
    )
    transaction = Transaction()
    transaction.put(item, Inviter.key.does_not_exist(), InviterExists())
    transaction.put(_link(organization_id, promotion.promotion_id, person.key, token))
    _check_inviter(transaction, organization_id, person)
    try:
        transaction.commit()
    except InviterExists as refusal:
        current: Inviter = refusal.current
        return current
    return item


def invite(
    organization_id: str,
    promotion: Promotion,
    person: Person,
    invitee_keys: Sequence[str],
    *,
    reference: str | None,
    claim: Claim | None,
    now: datetime,
) -> Sent | None:
    """Invite somebody by name: they are on the expected list from then on (C3).

    None: they are left out, being on the blacklist, having opted out or more identities than are
    looked at; the inviter is not told which. The same person again, by whichever identity, is the
    same invitation until it expires. A query for each identity of the invited; one transaction: 2
    items, 4 more for each identity, a claim, the checks of the inviter. Raises NotAnInviter,
    SelfInvitation, TooManyInvitations, AlreadyClaimed.
    """
    invitee = people.find_known(organization_id, invitee_keys)
    keys = invitee.keys
    if set(keys) & set(person.known.keys):
        raise SelfInvitation
    if not invitee.is_whole:  # one of those that were not looked at may be on the blacklist
        return None
    sent = _sent(organization_id, promotion, person, keys, reference, now)
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now)
    _expect(transaction, organization_id, promotion.promotion_id, person, sent)
    transaction.update(
        Inviter(place_of(organization_id, promotion.promotion_id, person.key), INVITER),
        [Inviter.invited.add(1)],
        condition=Inviter.invited < promotion.max_invitations,
        otherwise=TooManyInvitations(),
    )
    _check_inviter(transaction, organization_id, person)
    _check_invitee(transaction, organization_id, keys)
    try:
        transaction.commit()
    except AlreadyInvited as refusal:
        current: Sent = refusal.current
        return current
    except LeftOut:
        return None
    return sent


def _sent(  # noqa: PLR0917 - what an invitation is made of
    organization_id: str,
    promotion: Promotion,
    person: Person,
    keys: Sequence[str],
    reference: str | None,
    now: datetime,
) -> Sent:
    expires_at = rules.expiry_of(promotion, now)
    return Sent(
        place_of(organization_id, promotion.promotion_id, person.key),
        ids.key(SENT, keys[0]),
        invitation_id=ids.sortable(now),
        token=ids.unguessable(),
        invitee_keys=list(keys),
        reference=reference,
        at=now,
        expires_at=expires_at,
        expires=expires_at + KEPT,
    )


def _expect(
    transaction: Transaction, organization_id: str, promotion_id: str, person: Person, sent: Sent
) -> None:
    may = Sent.key.does_not_exist() | (Sent.expires_at <= sent.at)
    transaction.put(sent, may, AlreadyInvited())
    for key in map(str, sent.invitee_keys[1:]):  # by which the same person may have been named
        named = Sent(sent.key, ids.key(SENT, key))
        transaction.check(named, condition=may, otherwise=AlreadyInvited())
    for key in map(str, sent.invitee_keys):
        transaction.put(
            Invited(
                place_of(organization_id, promotion_id, key),
                ids.key(INVITED, sent.invitation_id),
                invitation_id=sent.invitation_id,
                inviter=person.key,
                first_key=sent.invitee_keys[0],
                token=sent.token,
                at=sent.at,
                expires_at=sent.expires_at,
                expires=sent.expires,
            )
        )
    transaction.put(_link(organization_id, promotion_id, person.key, sent.token, sent))


def _link(
    organization_id: str, promotion_id: str, inviter: str, token: str, sent: Sent | None = None
) -> Link:
    link = Link(
        ids.key(LINK, token),
        LINK,
        organization_id=organization_id,
        promotion_id=promotion_id,
        inviter=inviter,
    )
    if sent is not None:
        link.invitation_id, link.invitee_keys = sent.invitation_id, sent.invitee_keys
        link.expires_at, link.expires = sent.expires_at, sent.expires
    return link


def _check_inviter(transaction: Transaction, organization_id: str, person: Person) -> None:
    """Add that the inviter is a customer, and on no blacklist."""
    key = _listed_key(organization_id, person)
    refused = NotAnInviter()
    lists.check_on(transaction, organization_id, EXISTING_CUSTOMERS, key, otherwise=refused)
    lists.check_not_on(
        transaction, organization_id, BLACKLIST, person.known.keys, otherwise=NotAnInviter()
    )


def _listed_key(organization_id: str, person: Person) -> str:
    """Return by which identity somebody is a customer: one read for most. Raises NotAnInviter."""
    known = person.known
    if not (known.is_whole and known.is_on(EXISTING_CUSTOMERS)) or known.is_on(BLACKLIST):
        raise NotAnInviter
    for key in person.known.keys:
        if people.find_entry(organization_id, EXISTING_CUSTOMERS, key):
            return key
    raise NotAnInviter


def _check_invitee(transaction: Transaction, organization_id: str, keys: Sequence[str]) -> None:
    lists.check_not_on(transaction, organization_id, BLACKLIST, keys, otherwise=LeftOut())
    for key in keys:
        item = OptOut(ids.key(organization_id, key), OPT_OUT)
        condition = OptOut.key.does_not_exist()
        transaction.check(item, condition=condition, otherwise=LeftOut())


def record_of(place: str) -> Record:
    """Return what an inviter has done, by their partition: a read, two queries, 1,050 items.

    Raises NotFound: erased meanwhile.
    """
    inviter = find(Inviter, place, INVITER)
    if inviter is None:
        raise NotFound("This inviter was erased.")
    sent = Sent.query(place, Sent.item.startswith(f"{SENT}#"), limit=MAX_SENT, consistent_read=True)
    outcomes = Outcome.query(
        place, Outcome.item.startswith(f"{OUTCOME}#"), limit=MAX_OUTCOMES, consistent_read=True
    )
    return Record(inviter, sorted(sent, key=lambda each: each.at), list(outcomes))


def find_link(token: str) -> Link | None:
    """Return where a link leads: one read."""
    return find(Link, ids.key(LINK, token), LINK)


def agree(link: Link, now: datetime) -> None:
    """Keep that the invited agreed to take part, the first time: one write of 2 units."""
    transaction = Transaction()
    transaction.update(
        Link(link.key, link.item),
        [Link.consented_at.set(now)],
        condition=Link.key.exists() & Link.consented_at.does_not_exist(),
        otherwise=AgreedBefore(),
    )
    with contextlib.suppress(AgreedBefore):
        transaction.commit()
