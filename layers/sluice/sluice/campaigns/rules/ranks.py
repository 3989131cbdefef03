"""The order of a campaign's members, and who is next to whom in it (B7)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_NEIGHBOURS = 10  # on each side


class Standing(NamedTuple):
    """What a member is ordered by."""

    member_id: str
    name: str
    participations: int
    signups: int
    views: int


class Place(NamedTuple):
    """A member at a rank, from 1."""

    rank: int
    standing: Standing


def places(standings: Iterable[Standing]) -> list[Place]:
    """Return everybody in order: most participations, then signups, then views, then by id.

    No two share a rank, so that the order is the same for everybody who asks.
    """
    return [Place(rank, standing) for rank, standing in enumerate(sorted(standings, key=_by), 1)]


def around(order: Sequence[Place], member_id: str, neighbours: int) -> list[Place]:
    """Return a member's place with so many before it and behind it, as far as there are any.

    Nothing where the member is not in the order.
    """
    at = next((n for n, place in enumerate(order) if place.standing.member_id == member_id), None)
    return [] if at is None else list(order[max(0, at - neighbours) : at + neighbours + 1])


def _by(standing: Standing) -> tuple[int, int, int, str]:
    return -standing.participations, -standing.signups, -standing.views, standing.member_id
