"""Whether a customer took part: said by the salesperson, corrected, and rewarded by it (B6)."""

from collections.abc import Sequence
from datetime import datetime

from sluice.campaigns.refusals import CampaignChanged, NoSuchSignup, SignupMoved
from sluice.campaigns.rules import feedback
from sluice.campaigns.rules.campaigns import Campaign, Reward
from sluice.campaigns.store import campaigns, signups
from sluice.campaigns.store.judgements import Case, Pay, Said, add
from sluice.campaigns.tables import Signup
from sluice.organizations import calendar
from sluice.rewards.refusals import BudgetExhausted, CapReached, ProgrammeClosed
from sluice.rewards.rules import Grant, Standing, checks
from sluice.rewards.rules.checks import NO_CHECKS, Verdict
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import facts, reversals
from sluice.rewards.store.grants import grant_together
from sluice.rewards.store.programmes import find_programme
from sluice.rewards.store.reversals import Why
from sluice.shared import guard
from sluice.shared.errors import Forbidden, Refusal
from sluice.shared.guard import Transaction

MAX_TRIES = 5
ATTEMPTS = 8  # at a transaction: a member's counters are one item
REASON, BACK = "campaign-participation", "participation-corrected"
_LEDGER: tuple[type[Refusal], ...] = (BudgetExhausted, CapReached, ProgrammeClosed)


def judge(
    organization_id: str,
    campaign_id: str,
    customer_id: str,
    said: Said,
    now: datetime,
    *,
    owner: str | None,
) -> Signup:
    """Record whether a customer took part, and return the signup as it is then.

    Who took part earns the member who brought them a reward by the campaign's rule; another
    outcome takes it back. Where the ledger refuses a reward, the signup tells why; the same said
    again asks for it again, and else writes nothing. `owner`: the salesperson whose it must be;
    None: anybody's. Two reads, or a read of the programme or reward more; a transaction of the
    signup, the member's counters and days and the event: 4 items, 9 to 13 with the ledger's. All
    again, at most 5 times, where another call changed it. Raises NoSuchSignup, Forbidden,
    RewardNotReversible, BalanceTooLow, Contention.
    """
    day = calendar.day(organization_id, now)
    for _ in guard.attempts(MAX_TRIES):
        signup = signups.find(organization_id, campaign_id, customer_id)
        if signup is None:
            raise NoSuchSignup
        if owner not in {None, signup.salesperson_id}:
            raise Forbidden("This customer is another salesperson's.")
        if signup.outcome == said.outcome and not signup.unrewarded and said.note is None:
            return signup
        try:
            return _write(Case(organization_id, signup, said, day, now))
        except (SignupMoved, CampaignChanged):
            continue
    raise AssertionError  # the loop ends in Contention


def _write(case: Case) -> Signup:
    reward_id = case.signup.reward_id
    if case.said.outcome == feedback.TOOK_PART and not reward_id:
        campaign = campaigns.load(case.organization_id, case.campaign_id)
        reward = campaign.definition.reward
        return _granted(case, campaign, reward) if reward else _plain(case, Pay(None), campaign)
    if case.said.outcome != feedback.TOOK_PART and reward_id:
        return _taken_back(case, reward_id)
    return _plain(case, Pay(reward_id))


def _granted(case: Case, campaign: Campaign, reward: Reward) -> Signup:
    """Grant the reward with the feedback; where the ledger refuses, the feedback stands alone."""
    organization_id, signup = case.organization_id, case.signup
    name = campaigns.programme_of(case.campaign_id)
    number = int(signup.rewards or 0) + 1
    given = Grant(
        natural_key=f"{case.campaign_id}:{signup.customer_id}:{number}",
        owner_id=signup.member_id,
        amount_minor=reward.amount_minor,
        currency=reward.currency,
        reason=REASON,
        programme=name,
    )
    changed = signup

    def compose(transaction: Transaction, standings: Sequence[Standing]) -> None:
        nonlocal changed
        pay = Pay(standings[0].reward_id, reward.amount_minor, is_new=True)
        changed = add(transaction, case, pay)
        campaigns.check_unchanged(transaction, campaign)

    def judge_all(programme: Programme | None) -> list[Verdict]:
        return [_verdict(organization_id, programme, signup.member_id, case.now)]

    try:
        grant_together(
            organization_id,
            [given],
            find_programme(organization_id, name),
            case.now,
            compose,
            judge=judge_all,
            attempts=ATTEMPTS,
        )
    except _LEDGER as refusal:
        if signup.outcome == case.said.outcome and signup.unrewarded == refusal.slug:
            return signup
        return _plain(case, Pay(None, unrewarded=refusal.slug), campaign)
    return changed


def _taken_back(case: Case, reward_id: str) -> Signup:
    changed = case.signup

    def compose(transaction: Transaction, _: Sequence[Standing]) -> None:
        nonlocal changed
        changed = add(transaction, case, Pay(None))

    reversals.reverse_together(
        case.organization_id, [Reversal(reward_id)], Why(BACK), case.now, compose, attempts=ATTEMPTS
    )
    return changed


def _plain(case: Case, pay: Pay, by: Campaign | None = None) -> Signup:
    """Write the feedback alone; `by`: the campaign by whose rule it earns nothing."""
    transaction = Transaction()
    changed = add(transaction, case, pay)
    if by is not None:
        campaigns.check_unchanged(transaction, by)
    transaction.commit(ATTEMPTS)
    return changed


def _verdict(
    organization_id: str, programme: Programme | None, owner_id: str, now: datetime
) -> Verdict:
    """Make the checks; who the customer is the ledger does not know, so what asks for it holds."""
    if programme is None or programme.checks == NO_CHECKS:
        return checks.PASSED
    known = facts.gather(organization_id, programme, owner_id, now)
    return checks.judge(programme.checks, owner_id, known)
