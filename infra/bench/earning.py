"""What people earn by, for a child: a merchant's offers, a promotion, rewards to be paid out."""

from datetime import timedelta
from typing import Any

from infra.bench.events import ORGANIZATION
from sluice.invitations import identities
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.lists import (
    EXISTING_CUSTOMERS,
    Entry,
    Statement,
    activity_list,
)
from sluice.invitations.rules.promotions import Amount, Promotion
from sluice.invitations.store import inviting, participants, participating, people, promotions
from sluice.invitations.store.participating import Took
from sluice.organizations import store
from sluice.promoters.rules.offers import PUBLISHED, Offer, Product, RewardRule
from sluice.promoters.store import links, publishing, rankings
from sluice.promoters.store.publishing import Terms
from sluice.rewards.rules import Grant
from sluice.rewards.rules.payouts import MAX_ROW_REWARDS, Order
from sluice.rewards.store import grants, payouts
from sluice.shared import clock

PROMOTION, OFFER, PROMOTER, MERCHANT, INVITER = "spring", "apples", "mei", "orchard", "u-ann"
OFFERS = 100  # on a promoter's list
FEE_MILLIONTHS, BUDGET_MINOR = 20_000, 10**9
DAY = timedelta(days=1)


def found() -> None:
    """Put a merchant's ranked offers, a promoter of them, a promotion and its inviter."""
    now = clock.now()
    people_here: tuple[tuple[str, dict[str, Any]], ...] = (
        (MERCHANT, {"roles": {"merchant"}}),
        (PROMOTER, {"roles": {"promoter"}, "tags": {"pro"}}),
    )
    for member_id, given in people_here:
        store.put_member(ORGANIZATION, member_id, {"name": member_id, **given}, now)
    for i in range(OFFERS):
        _put_offer(OFFER if i == 0 else f"{OFFER}-{i}")
    rankings.make(ORGANIZATION, now)
    _put_promotion()


def _put_offer(offer_id: str) -> None:
    now = clock.now()
    url = "https://orchard.example/apples"
    offer = Offer(
        offer_id=offer_id,
        merchant_id=MERCHANT,
        product=Product("A-1", "Apples, 5 kg", "food/fruit", 10_000, "Red and sweet.", url),
        currency="CNY",
        rules=(RewardRule("pro", rate_millionths=100_000),),
        starts_at=now - DAY,
        ends_at=now + DAY,
        programme="",
        status=PUBLISHED,
    )
    publishing.put(ORGANIZATION, offer, Terms(BUDGET_MINOR), None, now)


def _put_promotion() -> None:
    now = clock.now()
    wanted = Promotion(
        promotion_id=PROMOTION,
        name="Bring a friend",
        introduction="Both get something.",
        app_link="https://app.example/join",
        programme="friends",
        inviter_reward=Amount(2000, "CNY"),
        newcomer_reward=Amount(1000, "CNY"),
        starts_at=now - DAY,
        ends_at=now + DAY,
        max_invitations=50,
    )
    promotions.put_promotion(ORGANIZATION, wanted, now)
    _put_person(EXISTING_CUSTOMERS, Identity("user", INVITER))


def _put_person(list_name: str, *given: Identity) -> tuple[str, ...]:
    now = clock.now()
    keys = identities.keys_of(ORGANIZATION, given, "given")
    joins = {list_name: Entry(now, "bench")}
    said = Statement(keys, identities.user_in(given), joins=joins)
    people.put_person(ORGANIZATION, said, now)
    return keys


def link() -> str:
    """Return the code of the promoter's link, the same every time."""
    now = clock.now()
    task = links.load_task(ORGANIZATION, OFFER, PROMOTER, now)
    return links.code_of(links.issue(ORGANIZATION, task, None, now)[0])


def take_part(i: int) -> str:
    """Invite the i-th newcomer, who does the act and takes part; return the participation."""
    now = clock.now()
    promotion = promotions.load_promotion(ORGANIZATION, PROMOTION)
    inviter = participants.load_person(ORGANIZATION, [Identity("user", INVITER)], "inviter")
    inviting.join(ORGANIZATION, promotion, inviter, now)
    given = [Identity("user", f"u-new-{i}"), Identity("phone", f"+861380000{i:04}")]
    keys = _put_person(activity_list(PROMOTION), *given)
    inviting.invite(ORGANIZATION, promotion, inviter, keys, reference=None, claim=None, now=now)
    newcomer = participants.load_person(ORGANIZATION, given, "newcomer")
    took = Took(newcomer, now, now)
    return participating.record(ORGANIZATION, promotion, took, claim=None, now=now).participation_id


def order_payout(i: int) -> str:
    """Grant the i-th owner a row's rewards, cleared at once, and order a batch for them."""
    now = clock.now()
    for n in range(MAX_ROW_REWARDS):
        given = Grant(f"row:{i}:{n}", f"owner-{i}", 500, "CNY", "bench")
        grants.grant(ORGANIZATION, given, now)
    order = Order("CNY", owner_id=f"owner-{i}")
    return payouts.start_payout(ORGANIZATION, order, "boss", claim=None, now=now)
