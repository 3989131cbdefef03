"""What a strategy may say (E1), and the copy of it that a push carries."""

from collections.abc import Mapping, Sequence

import msgspec

from sluice.push.rules.judging import BEHAVIOUR_LEVELS, SUCCESS_LEVELS, Level

MAX_CHANNELS = 6
MIN_WAIT_SECONDS = 1
MAX_WAIT_SECONDS = 7 * 86_400
STEP_SECONDS = 60  # outer bound of the last channel's task, which waits for nothing

Fault = tuple[str, str]  # field, reason


class Price(msgspec.Struct, frozen=True):
    """Money for one message, in micro-units: 1,000,000 are one major unit of the currency."""

    amount_micros: int
    currency: str


class Channel(msgspec.Struct, frozen=True):
    """One channel of a strategy, at its place in the order."""

    channel: str
    provider: str  # an account id
    wait_seconds: int
    success: str  # a name of SUCCESS_LEVELS
    price: Price


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is pushed."""

    title: str
    body: str
    link: str | None = None
    content_id: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """What a push carries of its strategy's version, and its content; it never changes."""

    purpose: str
    channels: tuple[Channel, ...]
    behaviours: dict[str, str]
    content: Content


def faults(channels: Sequence[Channel], behaviours: Mapping[str, str]) -> list[Fault]:
    """Return what is wrong with a strategy: each field and why; nothing when it is valid."""
    found: list[Fault] = []
    if not 1 <= len(channels) <= MAX_CHANNELS:
        found.append(("channels", f"1 to {MAX_CHANNELS} channels"))
    for place, channel in enumerate(channels):
        field = f"channels[{place}]"
        if not MIN_WAIT_SECONDS <= channel.wait_seconds <= MAX_WAIT_SECONDS:
            reason = f"{MIN_WAIT_SECONDS} to {MAX_WAIT_SECONDS}"
            found.append((f"{field}.wait_seconds", reason))
        if channel.success not in SUCCESS_LEVELS:
            found.append((f"{field}.success", f"one of {', '.join(SUCCESS_LEVELS)}"))
        if place and channel.channel == channels[place - 1].channel:
            found.append((f"{field}.channel", "the same channel twice in a row"))
    found += [
        (f"behaviours.{kind}", f"one of {', '.join(BEHAVIOUR_LEVELS)}")
        for kind, level in behaviours.items()
        if level not in BEHAVIOUR_LEVELS
    ]
    return found


def task_seconds(channels: Sequence[Channel]) -> list[int]:
    """Return the bound of each position's task: the wait, but for the last channel."""
    return [channel.wait_seconds for channel in channels[:-1]] + [STEP_SECONDS]


def wanted(channel: Channel) -> Level:
    """Return the level that counts as success on a channel."""
    return SUCCESS_LEVELS[channel.success]
