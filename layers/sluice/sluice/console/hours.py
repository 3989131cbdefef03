"""Hours of channels as people write them, a line each, in English or Chinese (A4).

`mon-fri 09:00-18:00`, `周六 10:00-12:00 14:00-16:00`, `2026-10-01 closed`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sluice.shared import errors

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_CLOSED = {"en": "closed", "zh": "休息"}
_KNOWN = {name.casefold(): n for names in _NAMES.values() for n, name in enumerate(names)}
_SPAN = re.compile(r"(\d{1,2}:\d\d)[-~至](\d{1,2}:\d\d)\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_PARTS = re.compile(r"[\s,，、]+")
_RUN = 3  # days in a row from which on they are written as a range


def written(shifts: Mapping[str, Any] | None, language: str) -> str:
    """Return hours as lines."""
    if not shifts:
        return ""
    week = [
        f"{_days(hours['days'], language)} {_span(hours)}" for hours in shifts.get("week") or ()
    ]
    dates = [
        f"{one['date']} {' '.join(map(_span, one['hours'])) or _CLOSED[language]}"
        for one in shifts.get("dates") or ()
    ]
    return "\n".join(week + dates)


def read(text: str, field: str) -> dict[str, Any] | None:
    """Return lines as the API takes them, None where there are none. Raises Invalid."""
    week: list[dict[str, Any]] = []
    dates: list[dict[str, Any]] = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        try:
            _read_line(line, week, dates)
        except ValueError:
            raise errors.Invalid(
                "Write hours such as: mon-fri 09:00-18:00", [(field, f"not understood: {line}")]
            ) from None
    return {"week": week, "dates": dates} if week or dates else None


def _read_line(line: str, week: list[dict[str, Any]], dates: list[dict[str, Any]]) -> None:
    first, *others = _PARTS.split(line)
    if _DATE.match(first):
        closed = {word.casefold() for word in _CLOSED.values()}
        spans = [] if others and others[0].casefold() in closed else _spans(others)
        dates.append({"date": first, "hours": spans})
        return
    parts = [first, *others]
    count = next(n for n, part in enumerate([*parts, "0:00-0:00"]) if _SPAN.match(part))
    days = [day for part in parts[:count] for day in _read_days(part)]
    spans = _spans(parts[count:])
    if not days:
        raise ValueError(line)
    week.extend({"days": days, **span} for span in spans)


def _spans(parts: Iterable[str]) -> list[dict[str, str]]:
    found = [_SPAN.match(part) for part in parts]
    if not found or not all(found):
        raise ValueError(parts)
    return [{"from": span[1].zfill(5), "to": span[2].zfill(5)} for span in found if span]


def _read_days(part: str) -> list[str]:
    first, _, last = part.casefold().replace("至", "-").partition("-")
    low = _KNOWN.get(first)
    high = _KNOWN.get(last or first)
    if low is None or high is None:
        raise ValueError(part)
    return [DAYS[(low + n) % len(DAYS)] for n in range((high - low) % len(DAYS) + 1)]


def _days(days: Sequence[str], language: str) -> str:
    """Return days of the week, those in a row as a range."""
    names, numbers = _NAMES[language], [DAYS.index(day) for day in days]
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = []
    for run in runs:
        if len(run) >= _RUN:
            parts.append(f"{names[run[0]]}-{names[run[-1]]}")
        else:
            parts += [names[number] for number in run]
    return ", ".join(parts)


def _span(hours: Mapping[str, str]) -> str:
    return f"{hours['from']}-{hours['to']}"
