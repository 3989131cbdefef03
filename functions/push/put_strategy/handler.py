"""PUT /organizations/{organization_id}/strategies/{strategy_id}: write a strategy's next version.

Channels in order, each with the level that counts as success, the wait and the price; pushes keep
the version they were started with (E1). One query and one transaction, 2 write units per KiB of
this version and of the one before, and 2 for each provider account beside the sandbox; no write
where the latest version says the same. Refuses: changed-meanwhile; naming the channels
no-such-strategy-provider, purpose-not-allowed (E7: a provider that may not carry this purpose).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import providers
from sluice.push.inputs import Kind, PriceBody, price_of
from sluice.push.refusals import NoStrategyProvider, PurposeNotAllowed
from sluice.push.rules import strategies as rules
from sluice.push.rules.windows import QuietHours
from sluice.push.store import strategies
from sluice.shared import errors, http
from sluice.shared.fields import Name
from sluice.shared.preconditions import ChangedMeanwhile

Level = Annotated[str, Meta(max_length=20)]
Fallbacks = Annotated[tuple[Name, ...], Meta(max_length=rules.MAX_FALLBACK_PROVIDERS)]


class ChannelBody(http.Body):
    """One channel; `success` is accepted, sent, delivered, seen, clicked or converted.

    `fallback_providers` take over, in order, where the one before is down; then all are tried
    again, `retries` times, after `retry_seconds`, twice that, and so on. `display` is how the app
    shows a message of its inbox.
    """

    channel: Name
    wait_seconds: Annotated[int, Meta(ge=rules.MIN_WAIT_SECONDS, le=rules.MAX_WAIT_SECONDS)]
    provider: Name = "sandbox"  # a provider account
    fallback_providers: Fallbacks = ()
    retries: Annotated[int, Meta(ge=0, le=rules.MAX_RETRIES)] = 0
    retry_seconds: Annotated[int, Meta(ge=1, le=rules.MAX_RETRY_SECONDS)] = 30
    track_clicks: bool = True
    display: Literal["popup", "splash", "button"] | None = None
    success: Level = "delivered"
    price: PriceBody = msgspec.field(
        default_factory=lambda: PriceBody(amount_micros=0, currency="USD")
    )


class PutStrategy(http.Body):
    """`behaviours`: the kinds that count as evidence; each proves seen, clicked or converted.

    `consent`: whether users who never agreed are told nothing (`required`, and so for marketing
    where it is left out) or told all the same (`assumed`).
    """

    purpose: Literal["transactional", "service", "marketing"]
    channels: Annotated[list[ChannelBody], Meta(min_length=1, max_length=rules.MAX_CHANNELS)]
    behaviours: Annotated[dict[Kind, Level], Meta(max_length=10)] = msgspec.field(
        default_factory=dict
    )
    consent: Literal["required", "assumed"] | None = None
    quiet_hours: QuietHours | None = None
    hold_out_percent: Annotated[int, Meta(ge=0, le=rules.MAX_HOLD_OUT_PERCENT)] = 0
    conversion_seconds: Annotated[int, Meta(ge=1, le=rules.MAX_CONVERSION_SECONDS)] = (
        rules.CONVERSION_SECONDS
    )
    expires_seconds: (
        Annotated[int, Meta(ge=rules.MIN_EXPIRES_SECONDS, le=rules.MAX_EXPIRES_SECONDS)] | None
    ) = None


class StrategyVersion(http.Versioned):
    """The version that says what was put."""

    strategy_id: str


@http.operation(
    access.staff("PUT /organizations/{organization_id}/strategies/{strategy_id}", OPERATOR),
    body=PutStrategy,
    answers={200: StrategyVersion},
    refusals=(NoStrategyProvider, PurposeNotAllowed, ChangedMeanwhile),
)
def handler(call: http.Call[PutStrategy, http.NoBody]) -> http.Answer:
    """Store the next version of the strategy in the path, unless the latest says the same."""
    strategy_id, definition = call.path["strategy_id"], _definition(call.body)
    if faults := rules.faults(definition):
        raise errors.Invalid("The strategy is not valid.", faults)
    version = strategies.put_strategy(
        call.organization_id,
        strategy_id,
        definition,
        types=providers.types_for(definition.purpose),
        now=call.now,
        expected=call.expected,
    )
    return http.Answer(200, StrategyVersion(strategy_id=strategy_id, version=version))


def _definition(given: PutStrategy) -> rules.Definition:
    terms = rules.Terms(
        consent=given.consent or rules.consent_for(given.purpose),
        quiet_hours=given.quiet_hours,
        hold_out_percent=given.hold_out_percent,
        conversion_seconds=given.conversion_seconds,
        expires_seconds=given.expires_seconds,
    )
    channels = tuple(_channel(channel) for channel in given.channels)
    return rules.Definition(given.purpose, channels, given.behaviours, terms)


def _channel(given: ChannelBody) -> rules.Channel:
    return rules.Channel(
        channel=given.channel,
        provider=given.provider,
        wait_seconds=given.wait_seconds,
        success=given.success,
        price=price_of(given.price),
        fallback_providers=tuple(given.fallback_providers),
        retries=given.retries,
        retry_seconds=given.retry_seconds,
        track_clicks=given.track_clicks,
        display=given.display,
    )
