"""What each process of a crowd does: it calls the functions themselves, several at a time."""

import importlib
import itertools
import json
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sluice.shared import signing
from tests.support.codes import CODE
from tests.support.events import http

JOIN = "POST /s/{code}/join"
THREADS = 8


def call(name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Call a function of the codes context."""
    answer: dict[str, Any] = importlib.import_module(f"functions.codes.{name}.handler").handler(
        event, None
    )
    return answer


def without_secrets_manager() -> None:
    """DynamoDB Local has no Secrets Manager beside it."""
    signing._root = lambda: b"root"


def join_all(visitors: Sequence[str]) -> dict[str, Any]:
    """Let visitors join at once; returns status counts, seats given and processing faults."""
    without_secrets_manager()
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(_join, visitors))
    seats = {
        visitor: json.loads(answer["body"])
        for visitor, answer in zip(visitors, answers, strict=True)
        if answer["statusCode"] < 300
    }
    return {"statuses": Counter(a["statusCode"] for a in answers), "seats": seats}


def _join(visitor: str) -> dict[str, Any]:
    from sluice.codes import visitors  # noqa: PLC0415 - in the child, after its environment
    from sluice.shared import clock  # noqa: PLC0415

    token = visitors.token(visitor, CODE, clock.now())
    answer = {"statusCode": 503}
    for _ in range(5):  # a client does what Retry-After asks
        if answer["statusCode"] != 503:
            break
        answer = call(
            "assign_channel", http(JOIN, path={"code": CODE}, body={"visitor_token": token})
        )
    return answer


def churn(visitors: Sequence[str]) -> dict[str, Any]:
    """Join, confirm, lose, expire and come back, in an order of its own, for a while."""
    without_secrets_manager()
    with ThreadPoolExecutor(THREADS) as threads:
        done = list(threads.map(_live, visitors, itertools.count()))
    return {"statuses": Counter(status for statuses in done for status in statuses)}


def _live(visitor: str, seed: int) -> list[int]:
    from datetime import timedelta  # noqa: PLC0415

    from sluice.codes.rules.seats import Contact  # noqa: PLC0415
    from sluice.codes.store import contacts, expiry  # noqa: PLC0415
    from sluice.shared import clock  # noqa: PLC0415

    draw = random.Random(f"{visitor}{seed}")
    statuses = []
    for _ in range(6):
        answer = _join(visitor)
        statuses.append(answer["statusCode"])
        if answer["statusCode"] >= 300:
            continue
        seat = json.loads(answer["body"])["assignment_id"]
        now = clock.now()
        step = draw.random()
        if step < 0.35:
            # Everybody's reservations at once.
            expiry.release_expired(now + timedelta(days=1), float("inf"))
        elif step < 0.9:
            contacts.tell("acme", "sandbox", Contact("connected", seat, now, visitor), now)
            if step < 0.7:
                after = now + timedelta(milliseconds=1)
                contacts.tell("acme", "sandbox", Contact("lost", seat, after, visitor), after)
    return statuses
