r"""Types of input fields that more than one operation takes.

`(?!\n)` because `$` alone also matches before a newline at the end.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.shared.errors import Invalid

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$(?!\n)"  # of what a caller names: a member, a channel
WORD = r"^[a-z][a-z0-9_]{0,39}$(?!\n)"  # what a caller calls something: a variable, an act
CURRENCY = r"^[A-Z]{3}$(?!\n)"  # ISO 4217, or PTS for points
MAX_AMOUNT_MINOR = 10**12

Name = Annotated[str, Meta(pattern=NAME)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
        r"$(?!\n)",
    ),
]
# What is a blank differs between the JSON Schema of clients and Python: control characters and
# the blank of no break are named.
HttpsUrl = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=r"^https://[^\s\x00-\x20\x7f-\xa0/]+(/[^\s\x00-\x20\x7f-\xa0]*)?$(?!\n)",
    ),
]
WebUrl = Annotated[str, Meta(pattern=r"^https?://[!-~]{1,1990}$(?!\n)")]  # where people are led
Time = Annotated[datetime, Meta(tz=True)]
# Of a query, where all is text and msgspec would take a number for seconds; see `moment_of`.
TimeText = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(Z|[+-][0-9]{2}:[0-9]{2})$(?!\n)",
        description="A time with its zone, as 2026-03-05T08:00:00Z.",
    ),
]
Currency = Annotated[str, Meta(pattern=CURRENCY)]
AmountMinor = Annotated[int, Meta(ge=1, le=MAX_AMOUNT_MINOR)]

EARLIEST_YEAR = 2000
CLOCK_SKEW = timedelta(hours=1)
FARTHEST = timedelta(days=3660)


def moment_of(text: str, field: str) -> datetime:
    """Return the time that a query says. Raises Invalid, naming the field."""
    try:
        return msgspec.convert(text, Time)
    except msgspec.ValidationError:
        raise Invalid(f"{field} is not a time that can be.", [(field, "no time")]) from None


def check_past(moment: datetime, field: str, now: datetime) -> None:
    """Check the time of something that has happened. Raises Invalid, naming the field."""
    if moment.year < EARLIEST_YEAR or moment > now + CLOCK_SKEW:
        raise Invalid(f"{field} is not a time that can be.", [(field, "out of range")])


def check_future(moment: datetime, field: str, now: datetime) -> None:
    """Check a time that is to come, within ten years. Raises Invalid, naming the field."""
    if not now < moment < now + FARTHEST:
        raise Invalid(
            f"{field} must be in the future, within ten years.", [(field, "out of range")]
        )
