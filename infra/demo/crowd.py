"""Customers who scan a code and join, all at once, from several processes."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.demo.client import Client

PROCESSES = 4
AT_ONCE = 25  # customers that one process plays at the same time
LIMIT_SECONDS = 240.0  # for the whole crowd


@dataclass(frozen=True)
class Visitor:
    """A customer on the way: their token of the scan, and where they are if they say so."""

    number: int
    token: str = ""
    location: dict[str, float] | None = None
    place: str = ""


@dataclass(frozen=True)
class Joined:
    """What a customer was answered; `status` is HTTP's."""

    visitor: Visitor
    status: int
    problem: str
    seat: dict[str, Any]

    @property
    def assignment_id(self) -> str:
        """The seat's id, empty where there is none."""
        return str(self.seat.get("assignment_id", ""))

    @property
    def channel_id(self) -> str:
        """The channel that was given, empty where there is none."""
        return str(self.seat.get("channel", {}).get("channel_id", ""))

    @property
    def customer_id(self) -> str:
        """Whose seat it is: the first part of the seat's id."""
        return self.assignment_id.partition(".")[0]


@dataclass(frozen=True)
class Rush:
    """What became of a crowd."""

    joined: list[Joined]
    seconds: float

    @property
    def seated(self) -> list[Joined]:
        """Those who have a seat."""
        return [joined for joined in self.joined if joined.assignment_id]

    @property
    def refused(self) -> list[Joined]:
        """Those who found no room."""
        return [joined for joined in self.joined if joined.problem == "no-room"]

    @property
    def other(self) -> list[Joined]:
        """Those who were answered neither: there should be none."""
        return [j for j in self.joined if not j.assignment_id and j.problem != "no-room"]


def rush(
    client: Client, code: str, visitors: Sequence[Visitor], progress: Callable[[int], None]
) -> Rush:
    """Let everybody scan (unless they have a token) and join; `progress` hears how many did.

    Raises TimeoutError when it takes over 240 seconds.
    """
    began = time.monotonic()
    joined: list[Joined] = []
    # Processes started afresh: nothing of this one's threads and sockets is copied into them.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=fresh) as processes:
        parts = [
            processes.submit(_part, client, code, part)
            for part in batched(visitors, AT_ONCE, strict=False)
        ]
        for part in as_completed(parts, timeout=LIMIT_SECONDS):
            joined += part.result()
            progress(len(joined))
    joined.sort(key=lambda each: each.visitor.number)
    return Rush(joined, time.monotonic() - began)


def _part(client: Client, code: str, visitors: Sequence[Visitor]) -> list[Joined]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda visitor: come(client, code, visitor), visitors))


def come(client: Client, code: str, visitor: Visitor) -> Joined:
    """Scan the code, unless that was done before, and join."""
    token = visitor.token or scan(client, code)
    known = Visitor(visitor.number, token, visitor.location, visitor.place)
    body: dict[str, Any] = {"visitor_token": token}
    if visitor.location is not None:
        body["location"] = visitor.location
    answer = client.post(f"/s/{code}/join", body)
    is_seat = answer.status in {200, 201}
    return Joined(known, answer.status, answer.problem, answer.json if is_seat else {})


def scan(client: Client, code: str) -> str:
    """Scan as a client without a browser; return the token to join with."""
    return str(client.get(f"/s/{code}").expect(200).json["visitor_token"])
