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


def _settled(new: Outside) -> Outside:
    if new.status == "matched":
        return new
    is_there = new.connected_at is not None and (
        new.lost_at is None or new.connected_at > new.lost_at
    )
    return msgspec.structs.replace(new, status="connected" if is_there else "lost")
