"""Whether pushes bring anything: a group that gets none, and what both groups did (E6).

Who is held out depends on organisation, strategy and user alone, so a user stays in their group.
Both groups are judged alike: by what the user did from the start of the push until the strategy's
conversion window closed, whatever became of the push in between.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from sluice.push.rules.judging import Behaviour

CONVERTED = "converted"
_PARTS = 10_000  # that users are divided in: hundredths of a per cent
_Z = 1.959963984540054  # of a normal distribution: 95 % lie within


@dataclass(frozen=True)
class Lift:
    """What sending changed: the difference of two shares, and where it lies with 95 %."""

    difference: float
    low: float
    high: float


def is_held_out(organization_id: str, strategy_id: str, user_id: str, percent: int) -> bool:
    """Tell whether a user is of a strategy's hold-out group, which is sent nothing."""
    if not percent:
        return False
    named = f"{organization_id}\n{strategy_id}\n{user_id}".encode()
    part = int.from_bytes(hashlib.sha256(named).digest()[:8]) % _PARTS
    return part < percent * (_PARTS // 100)


def kinds_of(counted: Mapping[str, str]) -> list[str]:
    """Return the kinds of behaviour that a strategy takes for a conversion."""
    return sorted(kind for kind, level in counted.items() if level == CONVERTED)


def has_converted(
    behaviours: Iterable[Behaviour],
    kinds: Iterable[str],
    content_id: str | None,
    start: datetime,
    end: datetime,
) -> bool:
    """Tell whether a user did within the window what counts; what names other content does not."""
    wanted = set(kinds)
    return any(
        behaviour.kind in wanted
        and start <= behaviour.at <= end
        and (behaviour.content_id is None or content_id in {None, behaviour.content_id})
        for behaviour in behaviours
    )


def lift(converted: int, users: int, converted_without: int, users_without: int) -> Lift | None:
    """Return the share of converted users less that of those held out, or None without a group.

    The interval is Newcombe's, of the two shares' Wilson intervals without continuity correction
    (his method 10, 1998): it holds for small groups and for shares near 0 and 1.
    """
    if not users or not users_without:
        return None
    first, second = converted / users, converted_without / users_without
    low_first, high_first = _wilson(converted, users)
    low_second, high_second = _wilson(converted_without, users_without)
    difference = first - second
    return Lift(
        difference,
        difference - sqrt((first - low_first) ** 2 + (high_second - second) ** 2),
        difference + sqrt((high_first - first) ** 2 + (second - low_second) ** 2),
    )


def _wilson(hits: int, of: int) -> tuple[float, float]:
    """Return where a share lies with 95 %."""
    squared = _Z * _Z
    middle = 2 * hits + squared
    half = _Z * sqrt(squared + 4 * hits * (1 - hits / of))
    whole = 2 * (of + squared)
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)
