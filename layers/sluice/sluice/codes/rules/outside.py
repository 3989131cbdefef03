"""People in a channel whom no request brought: they take a place, and nobody is credited (A6)."""

from datetime import datetime
from typing import Literal

import msgspec

Status = Literal["connected", "lost", "matched"]


class Outside(msgspec.Struct, frozen=True):
    """What is known of such a person in one channel: the latest of each, by the provider's time."""

    status: Status = "lost"
    connected_at: datetime | None = None
    lost_at: datetime | None = None
    lost_by: str = ""

    @property
    def held(self) -> int:
        """The places they take."""
        return int(self.status == "connected")


def connect(known: Outside | None, at: datetime) -> Outside:
    """Apply a connection; the order in which things are told makes no difference."""
    old = known or Outside()
    latest = max(at, old.connected_at or at)
    return _settled(msgspec.structs.replace(old, connected_at=latest))


def lose(known: Outside | None, at: datetime, by: str) -> Outside:
    """Apply a loss; it wins a tie, as it does for a seat."""
    old = known or Outside()
    is_latest = old.lost_at is None or at >= old.lost_at
    latest = at if is_latest else old.lost_at
    return _settled(
        msgspec.structs.replace(old, lost_at=latest, lost_by=by if is_latest else old.lost_by)
    )


def match(known: Outside) -> Outside:
    """Give the place back: the person has a seat, and is told of there from now on."""
    return msgspec.structs.replace(known, status="matched")


def list_says(
    known: Outside | None, at: datetime, *, is_there: bool, has_seat: bool
) -> Outside | None:
    """Apply a provider's list that was asked for at a time; None where it says nothing new.

    Whoever is there and has no place by us takes one, also one whose seat is over. Who is not
    there has left; what was told of later than the list stands.
    """
    if is_there and not has_seat:
        lost_at = known.lost_at if known else None
        if (known and known.held) or (lost_at is not None and lost_at >= at):
            return None
        return connect(known and msgspec.structs.replace(known, status="lost"), at)
    if known is None or not known.held:
        return None
    if has_seat:
        return match(known)
    is_older = known.connected_at is not None and known.connected_at < at
    return lose(known, at, "customer") if is_older else None


def _settled(new: Outside) -> Outside:
    if new.status == "matched":
        return new
    is_there = new.connected_at is not None and (
        new.lost_at is None or new.connected_at > new.lost_at
    )
    return msgspec.structs.replace(new, status="connected" if is_there else "lost")
