"""Groups that follow one another (A10): when the next one is made, and what it is.

A series is numbered from 1; only its last group has no successor yet.
"""

from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

NUMBER = "{n}"
MAX_GROUPS = 500  # of a series
MAX_BASE = 59  # characters of the first group's id in those that follow: 64 with "-" and a number
MAX_OWN_NAME = 40  # of a group that its provider makes, without its number


class Successor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What follows a group; `{n}` stands for the number.

    Without `provider_ref` the provider makes the groups itself, and only the name counts.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    provider_ref: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    cap: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None  # none: the one before it
    at_percent: Annotated[int, Meta(ge=1, le=100)] = 90  # of the cap
    most: Annotated[int, Meta(ge=2, le=MAX_GROUPS)] = 50  # groups, with the first


class Next(NamedTuple):
    """The next group of a series."""

    channel_id: str
    series: str  # the first one's id
    number: int
    name: str
    provider_ref: str


def problems_with(successor: Successor, kind: str) -> list[tuple[str, str]]:
    """Return what is wrong with a successor: each field and why; nothing when it is valid."""
    found = [] if kind == "group" else [("", "only groups are followed")]
    for field in ("name", "provider_ref"):
        text = getattr(successor, field)
        if text is not None and text.count(NUMBER) != 1:
            found.append((field, "must have {n} once, for the number"))
    return found


def unfit(successor: Successor, *, makes_groups: bool) -> str | None:
    """Return why a provider cannot have this successor; None where it can."""
    if not makes_groups:
        return "provider_ref is missing" if successor.provider_ref is None else None
    if successor.provider_ref is not None:
        return "provider_ref is the provider's to choose"
    if not successor.name.endswith(NUMBER) or not 1 <= len(base_name(successor)) <= MAX_OWN_NAME:
        return f"name must be 1 to {MAX_OWN_NAME} characters and then {{n}}"
    return None


def base_name(successor: Successor) -> str:
    """Return a group's name without its number."""
    return successor.name.removesuffix(NUMBER)


def follow_at(successor: Successor | None, cap: int, number: int) -> int | None:
    """Return at how many seats the next group is made; None: it is not, or not by us."""
    if successor is None or successor.provider_ref is None:
        return None
    if not cap or number >= successor.most:
        return None
    return max(1, -(-cap * successor.at_percent // 100))


def next_of(successor: Successor, series: str, number: int) -> Next:
    """Return the group after number `number` of a series."""
    following = str(number + 1)
    return Next(
        channel_id=f"{series[:MAX_BASE]}-{following}",
        series=series,
        number=number + 1,
        name=successor.name.replace(NUMBER, following),
        provider_ref=(successor.provider_ref or "").replace(NUMBER, following),
    )
