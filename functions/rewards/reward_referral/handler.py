"""Event assignment.connected.v1: reward the referrer, once per customer (A8).

Reads the organisation's referral reward, as it was when they connected, and the programme's
settings; without a reward or a referrer, or for a person who was a customer before, nothing
happens; nor where the programme is closed, its budget ended or the referrer's cap reached.
The natural key names the customer, so a late or repeated event, another seat or a connection
after a loss grants nothing more. Grants in one transaction, 12
write units. Its referrer's balance is one item: conflicts are waited out longer than in a request.
"""

import msgspec

from sluice.organizations.changing import referral_reward_at
from sluice.organizations.store import find_organization
from sluice.rewards import rules
from sluice.rewards.refusals import BudgetExhausted, CapReached, ProgrammeClosed, RewardDiffers
from sluice.rewards.store.asking import ask
from sluice.shared import clock, events, telemetry
from sluice.shared.outbox import Event

ATTEMPTS = 8  # at most 3.2 s of waiting


class Connected(msgspec.Struct):
    """What this function reads of the event."""

    customer_id: str
    referrer_id: str | None = None
    is_first: bool = True


@events.consumer
def handler(event: Event) -> None:
    """Reward the referrer named by the event."""
    connected = msgspec.convert(event.data, Connected)
    if not connected.referrer_id or not connected.is_first:
        return
    promised = referral_reward_at(find_organization(event.organization_id), event.occurred_at)
    if promised is None:
        return
    given = rules.Grant(
        natural_key=f"connected:{connected.customer_id}",
        owner_id=connected.referrer_id,
        amount_minor=promised.amount_minor,
        currency=promised.currency,
        reason="customer-connected",
    )
    try:
        standing, first = ask(event.organization_id, given, clock.now(), attempts=ATTEMPTS)
    except RewardDiffers:
        telemetry.note(granted=False)  # for this customer, to someone or by an earlier rate
        return
    except (BudgetExhausted, CapReached, ProgrammeClosed) as refusal:
        telemetry.note(granted=False, refused=refusal.slug)  # the organisation settled it so
        return
    telemetry.note(reward_id=standing.reward_id, granted=first)
