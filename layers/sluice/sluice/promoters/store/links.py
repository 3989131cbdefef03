"""A promoter's link for a task, and who follows it (D4, D10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from sluice.organizations import store as organizations
from sluice.organizations.rules import PROMOTER
from sluice.organizations.tables import Member
from sluice.promoters.link_tables import Clicks, OwnLink, TaskLink
from sluice.promoters.refusals import (
    LinkExists,
    NoPage,
    NoSuchPromoter,
    NotATask,
    VisitorMoved,
)
from sluice.promoters.rules.attribution import Candidate, expires_at, is_again, with_click
from sluice.promoters.rules.commissions import Reward, reward_for
from sluice.promoters.rules.offers import Offer, is_running
from sluice.promoters.store import figures, offers
from sluice.shared import guard, ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TRIES = 5
LINK = "link"


@dataclass(frozen=True)
class Task:
    """An offer that is for a promoter, and what they would get."""

    offer: Offer
    member: Member
    reward: Reward


def load_task(organization_id: str, offer_id: str, member_id: str, now: datetime) -> Task:
    """Return a promoter's task: three reads. Raises NotFound, NoSuchPromoter, NotATask."""
    offer = offers.load(organization_id, offer_id)
    task = task_of(organization_id, offer, member_id)
    if task is None or not is_running(offer, now):
        raise NotATask
    return task


def task_of(organization_id: str, offer: Offer, member_id: str) -> Task | None:
    """Return what an offer is to a promoter, None where it is not for them: two reads.

    Raises NoSuchPromoter.
    """
    member = organizations.find_member(organization_id, member_id)
    if member is None or not member.active or PROMOTER not in member.roles:
        raise NoSuchPromoter
    own = figures.own(organization_id, member_id, offer.offer_id)
    reward = reward_for(offer, member.tags or (), int(own.transactions) if own else 0)
    return None if reward is None else Task(offer, member, reward)


def issue(
    organization_id: str, task: Task, claim: Claim | None, now: datetime
) -> tuple[TaskLink, bool]:
    """Give a promoter the link for a task, once; tells whether it was given now.

    One transaction of 2 items and a check, 5 write units, with the claim 7. Raises NoPage,
    NoSuchPromoter, AlreadyClaimed.
    """
    if task.offer.product.url is None:
        raise NoPage
    offer_id, member_id = task.offer.offer_id, task.member.member_id
    code = ids.new_code()
    link = TaskLink(
        ids.key(LINK, code),
        LINK,
        organization_id=organization_id,
        offer_id=offer_id,
        member_id=member_id,
        created_at=now,
    )
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now, {"code": code})
    key = figures.promoter_key(organization_id, member_id)
    own = OwnLink(key, ids.key(LINK, offer_id), code=code)
    transaction.put(own, OwnLink.key.does_not_exist(), LinkExists())
    transaction.put(link, TaskLink.key.does_not_exist(), VisitorMoved())
    transaction.check(
        Member(organization_id, ids.key("member", member_id)),
        condition=(Member.active == True) & Member.roles.contains(PROMOTER),  # noqa: E712
        otherwise=NoSuchPromoter(),
    )
    try:
        transaction.commit()
    except LinkExists as refusal:
        return load(refusal.current.code), False
    return link, True


def codes_of(organization_id: str, member_id: str, offer_ids: Iterable[str]) -> dict[str, str]:
    """Return the codes of the links that a promoter has for some offers: a request for each 100."""
    key = figures.promoter_key(organization_id, member_id)
    items = [(key, ids.key(LINK, offer_id)) for offer_id in offer_ids]
    return {own.item.split("#")[1]: own.code for own in OwnLink.batch_get(items)}


def load(code: str) -> TaskLink:
    """Return where a link leads: one read. Raises NotFound."""
    found = find(TaskLink, ids.key(LINK, code), LINK)
    if found is None:
        raise NotFound("There is no such link.")
    return found


def code_of(link: TaskLink) -> str:
    """Return the code of a link."""
    return link.key.split("#")[1]


def follow(link: TaskLink, task: Task, visitor_key: str, now: datetime) -> None:
    """Keep that a visitor followed a link, and what they were promised by then (D10).

    A promoter's new visitor is told of; the same click within a minute writes nothing. One read,
    one transaction of 1 or 2 items, 2 or 4 write units; again, 5 times at most, where the visitor
    followed another link meanwhile. Raises Contention.
    """
    offer = task.offer
    click = Candidate(
        task.member.member_id,
        now,
        offer.version,
        task.reward.tag,
        window_seconds=offer.attribution.window_seconds,
    )
    item = find(Clicks, *clicks_key(link.organization_id, visitor_key, offer.offer_id))
    for _ in guard.attempts(MAX_TRIES):
        before = clicks_of(item)
        if is_again(before, click):
            return
        transaction = Transaction()
        _put(transaction, link.organization_id, visitor_key, offer.offer_id, item, click)
        if click.member_id not in {each.member_id for each in before}:
            _emit(transaction, link, now)
        try:
            transaction.commit()
        except VisitorMoved as refusal:
            item = refusal.current
            continue
        return


def find_clicks(organization_id: str, visitor_key: str, offer_id: str) -> tuple[Candidate, ...]:
    """Return which links of an offer a visitor followed: one read."""
    return clicks_of(find(Clicks, *clicks_key(organization_id, visitor_key, offer_id)))


def clicks_of(item: Clicks | None) -> tuple[Candidate, ...]:
    """Return the clicks that an item holds."""
    if item is None:
        return ()
    return msgspec.json.decode(item.clicks, type=tuple[Candidate, ...])


def clicks_key(organization_id: str, visitor_key: str, offer_id: str) -> tuple[str, str]:
    """Return where a visitor's clicks for an offer are."""
    return ids.key(organization_id, "visitor", visitor_key), offer_id


def _put(  # noqa: PLR0917 - what is written
    transaction: Transaction,
    organization_id: str,
    visitor_key: str,
    offer_id: str,
    item: Clicks | None,
    click: Candidate,
) -> None:
    clicks = with_click(clicks_of(item), click)
    version = int(item.version) if item else 0
    after = Clicks(
        *clicks_key(organization_id, visitor_key, offer_id),
        clicks=msgspec.json.encode(clicks).decode(),
        version=version + 1,
        expires=expires_at(clicks),
    )
    unchanged = Clicks.version == version if item else Clicks.key.does_not_exist()
    transaction.put(after, unchanged, VisitorMoved())


def _emit(transaction: Transaction, link: TaskLink, now: datetime) -> None:
    event = outbox.Event(
        id=ids.sortable(now),
        type="promoter.visited.v1",
        organization_id=link.organization_id,
        occurred_at=now,
        version=1,
        data={
            "visit_id": ids.sortable(now),
            "offer_id": link.offer_id,
            "member_id": link.member_id,
        },
    )
    outbox.emit(transaction, event)
