"""The sweeper: what waits for its time in a sparse index is found and worked off, bucket by bucket.

A run goes round the buckets page by page, each from where its last page ended, until nothing is
due, its time is over or it has taken 10,000 items. An item that fails is put off: its due time
moves out, doubling from a minute to an hour, so that it is never dropped and never in the way of
those behind it. Nobody else needs to know of that: whoever changes the item writes a due time of
its own, and the count goes with it.
"""

import contextlib
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.indexes import GlobalSecondaryIndex

from sluice.shared import guard, telemetry
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.table import Moment, Table, connection

PAGE_ITEMS = 100
MAX_ITEMS = 10_000  # of one run
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MAX_FAILURES = 7  # in a row: from then on the wait is the longest, and each failure is an error
FAILURES = "sweep_failures"  # on the item; whoever writes its due time anew removes it
FAILED = "failed"
_LATE = "late"  # no time was left: it stays as it is


@dataclass(frozen=True)
class Waiting[Item: Table]:
    """Where items of a kind wait: an index by bucket (`0`, `1`, ...) and due time.

    Items that must not hold up others in the same index have buckets of their own, named alike.
    """

    index: GlobalSecondaryIndex[Item]
    due_at: Moment  # its range key
    buckets: int
    name: str = ""  # before a bucket's number

    def bucket_of(self, item_id: str) -> str:
        """Return the bucket that an item is in."""
        return f"{self.name}{zlib.crc32(item_id.encode()) % self.buckets}"


class _Moved(Refusal):
    """Somebody else changed the item meanwhile: it is as it should be."""


def sweep[Item: Table](
    waiting: Waiting[Item],
    work: Callable[[Item], str],
    now: datetime,
    until: float,
    each: Callable[[Callable[[Item], str], Iterable[Item]], Iterable[str]] = map,
) -> Counter[str]:
    """Work off what is due; `until` is on the monotonic clock, in seconds.

    `work` gets an item with the keys and what the index carries, brings it in line with what it
    reads now, so that it is due no more, and says what was done; what it raises puts the item
    off. `each` does it to the items of a page: one after the other, or as a pool's `map` at once.
    One query for each bucket and each further page; for an item that fails a read and a
    transaction of 1 item. Returns how often each thing was done.
    """

    def one(item: Item) -> str:
        return _LATE if time.monotonic() >= until else _try(waiting, item, work, now)

    done: Counter[str] = Counter()
    first = int(now.timestamp()) // 60  # each minute begins elsewhere: the last bucket has its turn
    places = [f"{waiting.name}{(first + n) % waiting.buckets}" for n in range(waiting.buckets)]
    left: deque[tuple[str, Any]] = deque((bucket, None) for bucket in places)
    while left and time.monotonic() < until and done.total() < MAX_ITEMS:
        bucket, place = left.popleft()
        most = min(PAGE_ITEMS, MAX_ITEMS - done.total())
        found = waiting.index.query(
            bucket, waiting.due_at <= now, limit=most, last_evaluated_key=place
        )
        done.update(each(one, found))
        if done.pop(_LATE, 0) or found.last_evaluated_key is not None:
            left.append((bucket, found.last_evaluated_key))
    return _noted(waiting.name, done, unfinished=bool(left))


def _noted(name: str, done: Counter[str], *, unfinished: bool) -> Counter[str]:
    before = f"{name}_" if name else ""
    telemetry.note(**{f"{before}swept": dict(done), f"{before}unfinished": unfinished})
    return done


def _try[Item: Table](
    waiting: Waiting[Item], item: Item, work: Callable[[Item], str], now: datetime
) -> str:
    """Work on one item; whatever is wrong with it must not hold up the others."""
    try:
        return work(item)
    except Exception as error:  # noqa: BLE001 - logged; it comes again
        try:
            _put_off(waiting, item, now, error)
        except Exception:  # noqa: BLE001 - it stays where it is, and the run goes on behind it
            telemetry.logger.exception("put_off_failed")
        return FAILED


def _put_off[Item: Table](
    waiting: Waiting[Item], item: Item, now: datetime, error: Exception
) -> None:
    """Move the due time out, if the item still is where it was found.

    That AWS was busy says nothing of the item, so it is not counted.
    """
    key = item.get_delete_kwargs_from_instance()
    failures = _failures(key) + (0 if guard.is_busy(error) else 1)
    lasting = failures >= MAX_FAILURES
    log = telemetry.logger.error if lasting else telemetry.logger.warning
    log(
        "SweepFailed" if lasting else "put_off",
        exc_info=error,
        extra={"item": [value for of_key in key["Key"].values() for value in of_key.values()]},
    )
    due_at: Any = waiting.due_at
    found = getattr(item, str(due_at.attr_name))
    transaction = Transaction()
    transaction.update(
        item,
        [due_at.set(now + _wait(failures)), Path(FAILURES).set(failures)],
        condition=due_at == found,
        otherwise=_Moved(),
    )
    with contextlib.suppress(_Moved):
        transaction.commit()


def _wait(failures: int) -> timedelta:
    doubled = max(0, min(failures, MAX_FAILURES) - 1)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << doubled))


def _failures(key: Mapping[str, Any]) -> int:
    """Read how often the item has failed; of an item that cannot be understood, too."""
    answer = connection.dispatch(
        "GetItem",
        {
            "TableName": key["TableName"],
            "Key": key["Key"],
            "ProjectionExpression": FAILURES,
            "ConsistentRead": True,
        },
    )
    return int(answer.get("Item", {}).get(FAILURES, {}).get("N", 0))
