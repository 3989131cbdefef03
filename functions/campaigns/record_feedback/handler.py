"""PUT /organizations/{organization_id}/campaigns/{campaign_id}/signups/{customer_id}/feedback: B6.

Whether a customer took part, by the salesperson whose they are or an operator; corrected by another
outcome, with the history. Who took part earns the member who brought them the campaign's reward, a
correction takes it back, in the same transaction. Where the ledger refuses the reward (its budget
is spent) the feedback stands, says why, and said again asks for it again; else the same without a
note writes nothing. Two to four reads; one transaction: signup, counters, two days at most, event
(5 items, 10 write units and 2 of the index), the campaign unchanged (2), and the ledger's 6 to 8.
Refuses: no-such-signup, forbidden, reward-not-reversible (a payout has it: try again when it is
paid), balance-too-low.
"""

from typing import Annotated

from msgspec import Meta

from sluice.campaigns import signup_views as views
from sluice.campaigns.refusals import NoSuchSignup
from sluice.campaigns.rules.feedback import Outcome
from sluice.campaigns.store import campaigns, judging, listing
from sluice.campaigns.store.judgements import Said
from sluice.organizations import access
from sluice.organizations.rules import MEMBER, OPERATOR
from sluice.rewards.refusals import BalanceTooLow, RewardNotReversible
from sluice.shared import http

CAMPAIGN = "/organizations/{organization_id}/campaigns/{campaign_id}"


class Feedback(http.Body):
    """Whether the customer took part; the note is for those who read the history."""

    outcome: Outcome
    note: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


@http.operation(
    access.staff(f"PUT {CAMPAIGN}/signups/{{customer_id}}/feedback", OPERATOR, MEMBER),
    body=Feedback,
    answers={200: views.SignupView},
    refusals=(NoSuchSignup, RewardNotReversible, BalanceTooLow),
)
def handler(call: http.Call[Feedback, http.NoBody]) -> http.Answer:
    """Record the feedback for the customer in the path."""
    organization_id, campaign_id = call.organization_id, call.path["campaign_id"]
    said = Said(call.body.outcome, call.caller.id, call.body.note)
    signup = judging.judge(
        organization_id,
        campaign_id,
        call.path["customer_id"],
        said,
        call.now,
        owner=access.owner(call.caller),
    )
    key = campaigns.key_of(organization_id, campaign_id)
    (listed,) = listing.with_details(organization_id, key, [signup])
    return http.Answer(200, views.of_listed(listed))
