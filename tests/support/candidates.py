"""Channels as a choice sees them, moments and places, for tests of the rules."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from sluice.codes.rules.areas import Area, Location
from sluice.codes.rules.choice import Candidate, Rule, barred, misplaced
from sluice.codes.rules.places import Place
from sluice.codes.rules.shifts import Shifts, When

SHANGHAI = ZoneInfo("Asia/Shanghai")
THURSDAY_NOON = When(datetime(2026, 3, 5, 4, tzinfo=UTC), SHANGHAI)
SQUARE = Location(latitude=31.2304, longitude=121.4737)
BUND = Location(latitude=31.2400, longitude=121.4900)


def channel(name: str, **facts: Any) -> Candidate:
    """Return an open channel with room; `facts` say what is different."""
    base: dict[str, Any] = {
        "channel_id": name,
        "kind": "contact",
        "name": name,
        "provider": "sandbox",
        "provider_type": "sandbox",
        "provider_ref": name,
        "open": True,
    }
    return Candidate(**{**base, **facts})


def around(place: Location, meters: float) -> dict[str, Any]:
    """Return a circle as a service area."""
    point = {"latitude": place.latitude, "longitude": place.longitude}
    return {"point": point, "radius_meters": meters}


def weekly(days: str, *hours: str) -> Shifts:
    """Return shifts of some days (`mon tue`) with hours such as `09:00-18:00`."""
    spans = [hour.split("-") for hour in hours]
    week = [{"days": days.split(), "from": start, "to": end} for start, end in spans]
    return shifts(week)


def shifts(week: list[dict[str, Any]], dates: list[dict[str, Any]] | None = None) -> Shifts:
    """Return shifts from their JSON form."""
    return msgspec.convert({"week": week, "dates": dates or []}, Shifts)


def left_out(candidate: Candidate, area: Area | None, rule: Rule, place: Place, when: When) -> str:
    """Return the code of why a customer at this place cannot get a channel, or an empty text."""
    return barred(candidate, rule, when) or misplaced(area, rule, place)
