"""What a strategy may say (E1), and the copy of it that a push carries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sluice.push.rules import windows
from sluice.push.rules.contents import Content
from sluice.push.rules.courtesy import MARKETING, TRANSACTIONAL, ConsentMode
from sluice.push.rules.judging import BEHAVIOUR_LEVELS, SUCCESS_LEVELS, Level
from sluice.push.rules.windows import QuietHours

SERVICE = "service"
PURPOSES = (TRANSACTIONAL, SERVICE, MARKETING)
DISPLAYS = ("popup", "splash", "button")  # of a message inside the app
MAX_CHANNELS = 6
MIN_WAIT_SECONDS = 1
MAX_WAIT_SECONDS = 7 * 86_400
MAX_FALLBACK_PROVIDERS = 3
MAX_RETRIES = 5
MAX_RETRY_SECONDS = 900  # of the first; doubled for each further one
MAX_HOLD_OUT_PERCENT = 50
CONVERSION_SECONDS = 7 * 86_400
MAX_CONVERSION_SECONDS = 30 * 86_400
MIN_EXPIRES_SECONDS, MAX_EXPIRES_SECONDS = 60, 30 * 86_400
STEP_SECONDS = 120  # outer bound of the last channel's task, which waits for nothing

Fault = tuple[str, str]  # field, reason


class Price(msgspec.Struct, frozen=True):
    """Money for one message, in micro-units: 1,000,000 are one major unit of the currency."""

    amount_micros: int
    currency: str


class Channel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One channel of a strategy, at its place in the order."""

    channel: str
    provider: str  # an account id
    wait_seconds: int
    success: str  # a name of SUCCESS_LEVELS
    price: Price
    fallback_providers: tuple[str, ...] = ()  # accounts, in order, where the one before is down
    retries: int = 0  # of all providers, once each was down
    retry_seconds: int = 30  # before the first retry; doubled for each further one
    track_clicks: bool = True  # the link goes through us
    display: str | None = None  # one of DISPLAYS; for messages inside the app

    @property
    def providers(self) -> tuple[str, ...]:
        """The accounts that may send it, in the order in which they are tried."""
        return (self.provider, *self.fallback_providers)


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What holds for a strategy as a whole: courtesy, hold-out and expiry."""

    consent: ConsentMode  # whether a user who never said so may be told
    quiet_hours: QuietHours | None = None
    hold_out_percent: int = 0  # of the users, who are told nothing and compared with
    conversion_seconds: int = CONVERSION_SECONDS  # from the start, within which users convert
    expires_seconds: int | None = None  # from the start; later than that nothing is sent


class Definition(msgspec.Struct, frozen=True):
    """All that a version of a strategy says."""

    purpose: str
    channels: tuple[Channel, ...]
    behaviours: dict[str, str]  # kind -> the level it proves
    terms: Terms


class Plan(msgspec.Struct, frozen=True):
    """What a push carries of its strategy's version, and its content; it never changes."""

    purpose: str
    channels: tuple[Channel, ...]
    behaviours: dict[str, str]
    content: Content
    terms: Terms = Terms("assumed")
    base_url: str | None = None  # where our own links begin

    @property
    def quiet(self) -> QuietHours | None:
        """The quiet hours that hold for it: none for what is transactional."""
        return None if self.purpose == TRANSACTIONAL else self.terms.quiet_hours


def consent_for(purpose: str) -> ConsentMode:
    """Return what holds where a strategy does not say: only marketing needs to be agreed to."""
    return "required" if purpose == MARKETING else "assumed"


def faults(definition: Definition) -> list[Fault]:
    """Return what is wrong with a strategy: each field and why; nothing when it is valid."""
    found = [*_purpose(definition.purpose), *_channels(definition.channels)]
    return [*found, *_behaviours(definition.behaviours), *_terms(definition.terms)]


def _purpose(purpose: str) -> Iterator[Fault]:
    if purpose not in PURPOSES:
        yield "purpose", f"one of {', '.join(PURPOSES)}"


def _channels(channels: Sequence[Channel]) -> Iterator[Fault]:
    if not 1 <= len(channels) <= MAX_CHANNELS:
        yield "channels", f"1 to {MAX_CHANNELS} channels"
    for place, channel in enumerate(channels):
        field = f"channels[{place}]"
        yield from ((f"{field}.{name}", reason) for name, reason in _channel(channel))
        if place and channel.channel == channels[place - 1].channel:
            yield f"{field}.channel", "the same channel twice in a row"


def _channel(channel: Channel) -> Iterator[Fault]:
    yield from _range("wait_seconds", channel.wait_seconds, MIN_WAIT_SECONDS, MAX_WAIT_SECONDS)
    if channel.success not in SUCCESS_LEVELS:
        yield "success", f"one of {', '.join(SUCCESS_LEVELS)}"
    if len(channel.fallback_providers) > MAX_FALLBACK_PROVIDERS:
        yield "fallback_providers", f"at most {MAX_FALLBACK_PROVIDERS}"
    if len(set(channel.providers)) < len(channel.providers):
        yield "fallback_providers", "the same provider account twice"
    yield from _range("retries", channel.retries, 0, MAX_RETRIES)
    yield from _range("retry_seconds", channel.retry_seconds, 1, MAX_RETRY_SECONDS)
    if channel.display is not None and channel.display not in DISPLAYS:
        yield "display", f"one of {', '.join(DISPLAYS)}"


def _behaviours(behaviours: Mapping[str, str]) -> Iterable[Fault]:
    return [
        (f"behaviours.{kind}", f"one of {', '.join(BEHAVIOUR_LEVELS)}")
        for kind, level in behaviours.items()
        if level not in BEHAVIOUR_LEVELS
    ]


def _terms(terms: Terms) -> Iterator[Fault]:
    if terms.quiet_hours is not None and (fault := windows.fault(terms.quiet_hours)):
        yield "quiet_hours", fault
    yield from _range("hold_out_percent", terms.hold_out_percent, 0, MAX_HOLD_OUT_PERCENT)
    seconds = terms.conversion_seconds
    yield from _range("conversion_seconds", seconds, 1, MAX_CONVERSION_SECONDS)
    if terms.expires_seconds is not None:
        expires = terms.expires_seconds
        yield from _range("expires_seconds", expires, MIN_EXPIRES_SECONDS, MAX_EXPIRES_SECONDS)


def _range(field: str, value: int, least: int, most: int) -> Iterator[Fault]:
    if not least <= value <= most:
        yield field, f"{least} to {most}"


def task_seconds(plan: Plan) -> list[int]:
    """Return the bound of each position's task: the longest wait, but for the last channel."""
    waits = [windows.longest(channel.wait_seconds, plan.quiet) for channel in plan.channels[:-1]]
    return [*waits, STEP_SECONDS]


def wanted(channel: Channel) -> Level:
    """Return the level that counts as success on a channel."""
    return SUCCESS_LEVELS[channel.success]
