"""Step 5: the referrer's reward, once for each connected customer, in a ledger that sums to zero.

Nobody asks for these rewards: each connection is an event, and a consumer of it grants (A8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.demo.opening import CURRENCY, REFERRER, REWARD_MINOR

if TYPE_CHECKING:
    from infra.demo.opening import Organization
    from infra.demo.story import Story
    from infra.demo.tally import Tally

LIMIT_SECONDS = 120.0
PROGRAMME = "programme:referral"
BONUS_MINOR = 8_800
MAX_PAGES = 50
SHOWN = 4


@dataclass(frozen=True)
class Account:
    """An account read to its last page."""

    balance_minor: int
    entries: list[dict[str, Any]]


def read(organization: Organization, account_id: str) -> Account:
    """Read an account with all its entries."""
    entries: list[dict[str, Any]] = []
    query = "?limit=100"
    for _ in range(MAX_PAGES):
        page = organization.operator.get(f"{organization.path}/accounts/{account_id}{query}")
        found = page.expect(200).json
        entries += found["entries"]
        if not found.get("next_cursor"):
            break
        query = f"?limit=100&cursor={found['next_cursor']}"
    held = {balance["currency"]: balance["balance_minor"] for balance in found["balances"]}
    return Account(held.get(CURRENCY, 0), entries)


def reward(story: Story, organization: Organization, tally: Tally) -> None:
    """Wait until every connection is rewarded, show the books, then try to be paid twice."""
    customers = tally.once_connected()
    story.step("The referrers' reward for each connected customer, once each")
    for referrer_id, brought in customers.items():
        _wait_for_rewards(story, organization, referrer_id, len(brought))
    _check_books(story, organization, {name: len(brought) for name, brought in customers.items()})
    _ask_again(story, organization, min(customers[REFERRER]))
    _show(story, organization)


def _wait_for_rewards(
    story: Story, organization: Organization, referrer_id: str, wanted: int
) -> None:
    told: list[int] = []

    def look() -> Account | None:
        account = read(organization, referrer_id)
        if len(account.entries) != (told[-1] if told else None):
            told.append(len(account.entries))
            story.say(f"... {referrer_id}: {told[-1]} of {wanted} granted")
        return account if len(account.entries) >= wanted else None

    story.wait_for(f"{wanted} rewards of {referrer_id}", look, LIMIT_SECONDS)


def _check_books(story: Story, organization: Organization, wanted: dict[str, int]) -> None:
    spent = read(organization, PROGRAMME)
    balance, entries = spent.balance_minor, _sum(spent)
    for referrer_id, customers in wanted.items():
        own = read(organization, referrer_id)
        rewards = {entry["reward_id"] for entry in own.entries}
        story.expect(
            len(own.entries) == len(rewards) == customers
            and own.balance_minor == customers * REWARD_MINOR == _sum(own),
            f"{referrer_id} has {own.balance_minor} of {len(own.entries)} entries and "
            f"{len(rewards)} rewards for {customers} customers",
            f"{referrer_id}: {customers} customers, {customers} rewards of {REWARD_MINOR}, "
            f"balance {own.balance_minor}",
        )
        balance, entries = balance + own.balance_minor, entries + _sum(own)
    story.expect(
        balance == 0 == entries,
        f"the ledger does not sum to zero: balances {balance}, entries {entries}",
        f"{PROGRAMME}: {spent.balance_minor}; the ledger sums to zero, balances and entries",
    )


def _ask_again(story: Story, organization: Organization, customer_id: str) -> None:
    """A partner asks for what was granted; then for a bonus, three times over."""
    before = read(organization, REFERRER)
    same = _grant(organization, f"connected:{customer_id}", REWARD_MINOR, "customer-connected")
    story.expect(
        same.status == 200 and read(organization, REFERRER) == before,  # noqa: PLR2004
        f"a reward granted before was answered {same.status}, or changed the account",
        "a partner posts a granted reward again: 200, nothing changed",
    )
    bonus = ("order:20260305-1", BONUS_MINOR, "opening-bonus")
    answers = [
        _grant(organization, *bonus, webhook_id="msg-bonus"),
        _grant(organization, *bonus, webhook_id="msg-bonus"),  # the network's retry
        _grant(organization, *bonus),  # the partner's own
    ]
    differing = _grant(organization, bonus[0], BONUS_MINOR + 1, bonus[2])
    after = read(organization, REFERRER)
    statuses = [answer.status for answer in answers]
    story.expect(
        statuses == [201, 200, 200] and len({answer.json["reward_id"] for answer in answers}) == 1,
        f"one bonus asked for three times was answered {statuses}",
    )
    story.expect(
        after.balance_minor == before.balance_minor + BONUS_MINOR
        and differing.problem == "reward-differs",
        f"the balance went from {before.balance_minor} to {after.balance_minor}, and another "
        f"amount was answered {differing.status} {differing.problem}",
        "a bonus posted three times is paid once; another amount under its key is refused",
    )


def _grant(
    organization: Organization,
    natural_key: str,
    amount_minor: int,
    reason: str,
    webhook_id: str = "",
) -> Any:
    data = {
        "natural_key": natural_key,
        "owner_id": REFERRER,
        "amount_minor": amount_minor,
        "currency": CURRENCY,
        "reason": reason,
    }
    path = f"/partners/{organization.id}/rewards"
    return organization.anyone.post_event(
        path, organization.partner_secret, "reward.grant.v1", data, webhook_id
    )


def _show(story: Story, organization: Organization) -> None:
    account = read(organization, REFERRER)
    story.table(
        ("posted", "what", "why", "cents"),
        [
            (entry["posted_at"][11:19], entry["kind"], entry["reason"], entry["amount_minor"])
            for entry in account.entries[:SHOWN]
        ],
    )
    story.say(f"... {len(account.entries)} entries, balance {account.balance_minor / 100:.2f}")
    own = organization.referrer.get(f"{organization.path}/accounts/{REFERRER}").expect(200)
    balance = own.json["balances"][0]["balance_minor"]
    story.expect(
        balance == account.balance_minor,
        f"{REFERRER} reads another balance than the operator: {balance}",
        f"{REFERRER} reads the same on her own account",
    )


def _sum(account: Account) -> int:
    return sum(int(entry["amount_minor"]) for entry in account.entries)
