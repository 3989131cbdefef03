"""POST /organizations/{organization_id}/strategies/{strategy_id}/dry-run: what would happen? (E7).

To a user, now, if nobody answered: for each channel whether it would be sent, when, until when it
would be waited for; and what all would cost at best, at worst, and as expected by how often
messages on each channel arrived until now. Nothing is written or sent, and no address is shown.
A read or query of the strategy, two to four reads of the user and the organisation, one or more of
each channel's accounts, eight queries of figures. Refuses: not-found.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import rehearsing
from sluice.push.inputs import UserId
from sluice.push.rehearsing import Rehearsal
from sluice.push.rules import rehearsal
from sluice.push.rules.rehearsal import Planned
from sluice.shared import errors, http


class DryRun(http.Body):
    """For whom, and which version; without it the latest."""

    user_id: UserId
    version: Annotated[int, Meta(ge=1, le=10**9)] | None = None


class PlannedView(http.View):
    """A channel: sent unless something withholds it; `reach_rate`: of messages until now."""

    position: int
    channel: str
    sent: bool
    price_micros: int
    currency: str
    reach_rate: float
    provider: str | None = None
    send_at: datetime | None = None
    wait_until: datetime | None = None
    withheld_by: str | None = None
    why: str | None = None


class EstimateView(http.View):
    """The cost in one currency, in micro-units: 1,000,000 are one major unit."""

    currency: str
    best_micros: int
    worst_micros: int
    expected_micros: int


class DryRunView(http.View):
    """What would happen; `withheld_by`: nothing would be sent at all."""

    version: int
    time_zone: str
    channels: list[PlannedView]
    cost: list[EstimateView]
    reach_rate: float
    withheld_by: str | None = None
    why: str | None = None


@http.operation(
    access.staff(
        "POST /organizations/{organization_id}/strategies/{strategy_id}/dry-run", OPERATOR
    ),
    body=DryRun,
    answers={200: DryRunView},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[DryRun, http.NoBody]) -> http.Answer:
    """Rehearse a push by the strategy in the path."""
    given, strategy_id = call.body, call.path["strategy_id"]
    found = rehearsing.rehearse(
        call.organization_id, strategy_id, given.version, given.user_id, call.now
    )
    return http.Answer(200, _view(found))


def _view(found: Rehearsal) -> DryRunView:
    sent = [] if found.withheld else found.planned
    return DryRunView(
        version=found.version,
        time_zone=found.time_zone,
        channels=[_planned(position, each) for position, each in enumerate(found.planned)],
        cost=[
            EstimateView(
                currency=each.currency,
                best_micros=each.best_micros,
                worst_micros=each.worst_micros,
                expected_micros=each.expected_micros,
            )
            for each in rehearsal.estimates(sent)
        ],
        reach_rate=round(rehearsal.reach(sent), 4),
        withheld_by=found.withheld.by if found.withheld else None,
        why=found.withheld.why if found.withheld else None,
    )


def _planned(position: int, planned: Planned) -> PlannedView:
    stop, withheld = planned.stop, planned.withheld
    return PlannedView(
        position=position,
        channel=stop.channel.channel,
        sent=withheld is None,
        price_micros=stop.channel.price.amount_micros,
        currency=stop.channel.price.currency,
        reach_rate=round(float(stop.rate), 4),
        provider=stop.account_id,
        send_at=None if withheld else planned.send_at,
        wait_until=None if withheld else planned.due_at,
        withheld_by=withheld.by if withheld else None,
        why=withheld.why if withheld else None,
    )
