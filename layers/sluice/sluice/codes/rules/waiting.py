"""The waiting list (A4): whose turn it is, and what they are told.

Who finds no room keeps a place on the list, by the order of entering. The list of an organisation
is in three parts, by the kind of channel that is waited for; those who could get the same channel
compete, whatever their codes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.codes.rules.places import Place

ANY = "any"  # waits for a channel of either kind
QUEUES = (ANY, "contact", "group")
MAX_AHEAD = 100  # how many before a customer are counted
DIGITS = 3  # of a location, in degrees: some 100 m, as in the reason of an assignment

Status = Literal["waiting", "served", "left", "expired", "ended"]
WAITING = "waiting"

# A place on the list is marked where new joins see it; the mark is renewed and taken off with
# some delay, so that no write meets another at each entry.
MARK_AGE = timedelta(seconds=5)  # of a mark that an entry renews
MARK_KEPT = timedelta(seconds=15)  # after the last renewal: longer than an index is behind

_TITLES = {"en": "It is your turn", "zh": "轮到您了"}
_BODIES = {
    "en": "{channel} has a place for you, kept until {until}.",
    "zh": "{channel} 已有名额，为您保留至 {until}。",
}


class Waiting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a code offers when all is full: a place on the list, and then time to come."""

    hours: Annotated[int, Meta(ge=1, le=720)] = 24  # how long a place is kept
    called_seconds: Annotated[int, Meta(ge=60, le=86_400)] = 3_600  # how long the seat then is


def queue_of(kind: str | None) -> str:
    """Return the part of the list in which one waits for a kind of channel."""
    return kind or ANY


def competing(kind: str | None) -> tuple[str, ...]:
    """Return the parts of the list with those who could get a channel of this kind."""
    return QUEUES if kind is None else (ANY, kind)


def kept(place: Place) -> Place:
    """Return what is stored of where somebody is: nothing finer than the choice needs."""
    location = place.location
    if location is not None:
        location = msgspec.structs.replace(
            location,
            latitude=round(location.latitude, DIGITS),
            longitude=round(location.longitude, DIGITS),
        )
    return msgspec.structs.replace(place, location=location, city=None)


def is_stale(marked_at: datetime | None, now: datetime) -> bool:
    """Tell whether an entry must renew the mark that somebody waits."""
    return marked_at is None or marked_at <= now - MARK_AGE


def is_settled(marked_at: datetime, now: datetime) -> bool:
    """Tell whether whoever entered under this mark would be seen by now."""
    return marked_at < now - MARK_KEPT


def turn_notice(
    channel: str, expires_at: datetime, local: datetime, link: str | None, locale: str
) -> Mapping[str, str]:
    """Return what a served customer is told: words, and the facts for words of others."""
    language = "zh" if locale.lower().startswith("zh") else "en"
    until = f"{local:%Y-%m-%d %H:%M}"
    told = {
        "title": _TITLES[language],
        "body": _BODIES[language].format(channel=channel, until=until),
        "channel": channel,
        "expires_at": expires_at.isoformat(),
    }
    return told if link is None else told | {"link": link}
