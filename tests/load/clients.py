"""Many clients at once: processes of threads that begin together, and what they met.

A client is a request in flight; 256 of them are 8 processes of 32 threads.
"""

import importlib
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

import botocore.httpsession
import msgspec
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sluice.promoters.rules.bonuses import BonusRule
from sluice.rewards.rules.programmes import Programme
from sluice.shared import root_secret

PROCESSES = 8
START_SECONDS = 120
RUN_SECONDS = 300
ENGINE_SECONDS = 60  # one process answers everybody: slower than AWS, and no fault
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"
KEPT_AS_JSON: tuple[type, ...] = (BonusRule, Programme)  # dataclasses, decoded on the way
ROOT = root_secret.parse("the root of all keys")

_started: Barrier | None = None


@dataclass(frozen=True)
class Outcome:
    """The answers in the order of what was asked, and figures of all clients together."""

    answers: list[Any]
    seconds: float
    met: Counter[str]

    def __str__(self) -> str:
        asked, met = len(self.answers), self.met
        return (
            f"{asked} calls in {self.seconds:.1f} s ({asked / self.seconds:.0f}/s), "
            f"{met['requests']} requests ({met['requests'] / self.seconds:.0f}/s), "
            f"{met['refused']} refused by a condition, {met['conflicts']} conflicts, "
            f"{met['waits']} waits before a retry"
        )


def at_once(work: str, items: Sequence[Any], clients: int) -> Outcome:
    """Let `clients` do a function of `tests.load.crowd` with the items; neighbours begin together.

    Neighbours are in different processes, so what must race stands side by side.
    """
    assert os.environ[ENDPOINT]
    spawn = multiprocessing.get_context("spawn")
    shares = [items[n::PROCESSES] for n in range(PROCESSES)]
    begin = spawn.Barrier(PROCESSES)
    with ProcessPoolExecutor(
        PROCESSES, mp_context=spawn, initializer=_prepare, initargs=(begin,)
    ) as processes:
        threads = [clients // PROCESSES] * PROCESSES
        ended = list(processes.map(_work, [work] * PROCESSES, shares, threads, timeout=RUN_SECONDS))
    answers = [None] * len(items)
    for n, (found, _, _) in enumerate(ended):
        answers[n::PROCESSES] = found
    seconds = max(end for _, (_, end), _ in ended) - min(start for _, (start, _), _ in ended)
    return Outcome(answers, seconds, sum((met for *_, met in ended), Counter()))


def _prepare(begin: Barrier) -> None:
    global _started  # noqa: PLW0603 - how a pool's process is given what cannot be sent later
    _started = begin


def _make_decoders(above: type[msgspec.Struct]) -> None:
    """Make the decoder of each Struct: two threads that both use one first crash msgspec 0.22."""
    for found in above.__subclasses__():
        with suppress(TypeError):  # generic, or holds what no JSON is decoded to
            msgspec.json.Decoder(found)
        _make_decoders(found)


def _work(
    name: str, items: Sequence[Any], threads: int
) -> tuple[list[Any], tuple[float, float], Counter[str]]:
    vars(root_secret)["read"] = lambda: ROOT  # DynamoDB Local has no Secrets Manager beside it
    met = meter()
    function = getattr(importlib.import_module("tests.load.crowd"), name)
    _make_decoders(msgspec.Struct)
    for kept in KEPT_AS_JSON:
        msgspec.json.Decoder(kept)
    assert _started is not None
    with ThreadPoolExecutor(threads) as pool:
        _started.wait(START_SECONDS)
        start = time.time()
        answers = list(pool.map(function, items))
    return answers, (start, time.time()), met


def meter() -> Counter[str]:
    """Count in this process from now on: requests, refusals, conflicts, waits."""
    met: Counter[str] = Counter()
    base: Any = BaseClient
    api_call, sleep = base._make_api_call, time.sleep

    def make_api_call(client: Any, operation: str, given: dict[str, Any]) -> Any:
        met["requests"] += 1
        try:
            return api_call(client, operation, given)
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons", [])
            codes = {reason.get("Code") for reason in reasons}
            met["refused"] += "ConditionalCheckFailed" in codes
            met["conflicts"] += "TransactionConflict" in codes
            raise

    def counted_sleep(seconds: Any) -> None:
        met["waits"] += 1
        sleep(seconds)

    base._make_api_call = make_api_call
    time.sleep = counted_sleep
    _wait_for_the_engine()
    return met


def _wait_for_the_engine() -> None:
    session: Any = botocore.httpsession.URLLib3Session
    made = session.__init__

    def patient(self: Any, *given: Any, **named: Any) -> None:
        made(self, *given, **named | {"timeout": (ENGINE_SECONDS, ENGINE_SECONDS)})

    session.__init__ = patient
