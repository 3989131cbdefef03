"""PUT /organizations/{organization_id}/strategies/{strategy_id}: write a strategy's next version.

Channels in order, each with the level that counts as success, the wait and the price; pushes keep
the version they were started with (E1). One query and one transaction, 2 write units per KiB and 2
for each provider account beside the sandbox; no write where the latest version says the same.
Refuses: no-such-strategy-provider (it names the channels).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.inputs import Kind, PriceBody, price_of
from sluice.push.refusals import NoStrategyProvider
from sluice.push.rules import strategies as rules
from sluice.push.store import strategies
from sluice.shared import errors, http
from sluice.shared.fields import Name

Level = Annotated[str, Meta(max_length=20)]


class ChannelBody(http.Body):
    """One channel; `success` is accepted, sent, delivered, seen, clicked or converted."""

    channel: Name
    wait_seconds: Annotated[int, Meta(ge=rules.MIN_WAIT_SECONDS, le=rules.MAX_WAIT_SECONDS)]
    provider: Name = "sandbox"  # a provider account
    success: Level = "delivered"
    price: PriceBody = msgspec.field(
        default_factory=lambda: PriceBody(amount_micros=0, currency="USD")
    )


class PutStrategy(http.Body):
    """`behaviours`: the kinds that count as evidence; each proves seen, clicked or converted."""

    purpose: Annotated[str, Meta(min_length=1, max_length=64)]
    channels: Annotated[list[ChannelBody], Meta(min_length=1, max_length=rules.MAX_CHANNELS)]
    behaviours: Annotated[dict[Kind, Level], Meta(max_length=10)] = msgspec.field(
        default_factory=dict
    )


class StrategyView(http.View):
    """The version that says what was put."""

    strategy_id: str
    version: int


@http.operation(
    access.staff("PUT /organizations/{organization_id}/strategies/{strategy_id}", OPERATOR),
    body=PutStrategy,
    answers={200: StrategyView},
    refusals=(NoStrategyProvider,),
)
def handler(call: http.Call[PutStrategy, http.NoBody]) -> http.Answer:
    """Store the next version of the strategy in the path, unless the latest says the same."""
    given, strategy_id = call.body, call.path["strategy_id"]
    channels = [
        rules.Channel(c.channel, c.provider, c.wait_seconds, c.success, price_of(c.price))
        for c in given.channels
    ]
    if faults := rules.faults(channels, given.behaviours):
        raise errors.Invalid("The strategy is not valid.", faults)
    version = strategies.put_strategy(
        call.organization_id, strategy_id, given.purpose, channels, given.behaviours, now=call.now
    )
    return http.Answer(200, StrategyView(strategy_id=strategy_id, version=version))
