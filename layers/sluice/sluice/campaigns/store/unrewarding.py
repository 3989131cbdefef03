"""A participation's reward that the ledger took back by itself: it leaves the figures (B7).

By hand, or where a review rejects it. What feedback takes back is out of the figures already.
"""

from sluice.campaigns.refusals import NoSuchCampaign, SignupMoved
from sluice.campaigns.store import campaigns, participations, signups
from sluice.campaigns.tables import Day, Participation, Signup
from sluice.shared import guard
from sluice.shared.guard import Transaction

MAX_TRIES = 5
PAGE, MAX_PAGES = 100, 20  # of an organisation's campaigns, looked through for the reward's


def take_back(organization_id: str, programme: str, natural_key: str, reward_id: str) -> bool:
    """Count a reward no more; the signup keeps its id, so that no other one is granted for it.

    False: it is no campaign's, or counts no more. A read and a transaction of 3 items; of a reward
    of an earlier release a query for each 100 campaigns. Raises Contention.
    """
    if not programme.startswith(campaigns.PROGRAMME):
        return False
    campaign_id: str | None
    campaign_id, _, rest = natural_key.partition(":")
    if campaigns.programme_of(campaign_id) != programme:  # as an earlier release named it
        campaign_id, rest = _campaign_of(organization_id, programme), natural_key
    if campaign_id is None:
        return False
    customer_id = rest.rpartition(":")[0]
    for _ in guard.attempts(MAX_TRIES):
        signup = signups.find(organization_id, campaign_id, customer_id)
        if signup is None or signup.reward_id != reward_id or not signup.reward_minor:
            return False
        try:
            _write(signup)
        except SignupMoved:
            continue
        return True
    raise AssertionError  # the loop ends in Contention


def _campaign_of(organization_id: str, programme: str) -> str | None:
    """Return whose rewards a programme's are: its name is a hash of the campaign's id."""
    after = ""
    for _ in range(MAX_PAGES):
        page = campaigns.list_campaigns(organization_id, after, PAGE)
        for item in page:
            if campaigns.programme_of(item.campaign_id) == programme:
                return str(item.campaign_id)
        if len(page) < PAGE:
            break
        after = page[-1].campaign_id
    return None


def _write(signup: Signup) -> None:
    amount_minor = int(signup.reward_minor)
    transaction = Transaction()
    transaction.update(
        Signup(signup.key, signup.item),
        [Signup.reward_minor.set(0), Signup.reward_day.remove(), Signup.revision.add(1)],
        condition=Signup.revision == signup.revision,
        otherwise=SignupMoved(),
    )
    transaction.update(
        Participation(signup.key, participations.name_of(signup.member_id)),
        [Participation.rewards_minor.add(-amount_minor)],
        condition=Participation.key.exists(),
        otherwise=NoSuchCampaign(),
    )
    if signup.reward_day:
        day = signups.day_item(signup.key, signup.member_id, signup.reward_day)
        transaction.upsert(day, [Day.rewards_minor.add(-amount_minor)])
    transaction.commit()
