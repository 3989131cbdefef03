"""What people write in forms for money, parts, times and spans, and what the API takes for it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sluice.console.forms import Form
from sluice.rewards.rules.money import exact, exponent_of
from sluice.shared import errors

_MILLION = 1_000_000
_HUNDRED = 100
UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def minor(form: Form, name: str, currency: str) -> int | None:
    """Return an amount in minor units, None where the field is empty. Raises Invalid."""
    return minor_of(form.text(name), name, currency)


def minor_of(text: str, name: str, currency: str) -> int | None:
    """Return what is written as `12.50` in minor units, None of nothing. Raises Invalid."""
    amount = _number(text, name)
    if amount is None:
        return None
    scaled = amount.scaleb(exponent_of(currency))
    if scaled != scaled.to_integral_value():
        raise errors.Invalid("Write an amount.", [(name, "too many digits behind the point")])
    return int(scaled)


def millionths_of(text: str, name: str) -> int | None:
    """Return what is written in percent in millionths, None of nothing. Raises Invalid."""
    percent = _number(text.removesuffix("%").strip(), name)
    return None if percent is None else int(percent * _MILLION / _HUNDRED)


def written(minor_units: int | None, currency: str) -> str:
    """Return an amount as forms show it: `12.50`."""
    return "" if minor_units is None else f"{exact(minor_units, currency):f}"


def percent(millionths: int | None) -> str:
    """Return a part as forms show it: `12.5`."""
    if millionths is None:
        return ""
    return f"{(Decimal(millionths) * _HUNDRED / _MILLION).normalize():f}"


def local_time(text: str | None, zone: ZoneInfo) -> str:
    """Return a time of an answer as forms have it: to the minute, of the organisation's clock."""
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%dT%H:%M") if text else ""


def time(form: Form, name: str, zone: ZoneInfo, known: Mapping[str, Any]) -> str:
    """Return a field's time as the API takes it; who did not change it keeps its seconds."""
    text, before = form.text(name), known.get(name)
    if text == local_time(before, zone):
        return str(before or "")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        raise errors.Invalid("Choose a time.", [(name, "no time")]) from None


def span(form: Form, name: str) -> int | None:
    """Return a number of days, hours or less in seconds, None where it is empty. Raises Invalid."""
    count = form.number(f"{name}.count")
    unit = UNITS.get(form.text(f"{name}.unit"))
    if unit is None:
        raise errors.Invalid("Choose a unit.", [(f"{name}.unit", "no unit")])
    return None if count is None else count * unit


def spanned(seconds: int | None) -> tuple[int | None, str]:
    """Return a span as forms show it: a number of the largest unit that it is whole in."""
    if not seconds:
        return seconds, "days"
    unit = next(name for name, size in UNITS.items() if seconds % size == 0)
    return seconds // UNITS[unit], unit


def _number(text: str, name: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > 15:  # noqa: PLR2004 - no sum of money is
        raise errors.Invalid("Write an amount.", [(name, "not a number")])
    return found
