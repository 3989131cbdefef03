"""What time it is where an organisation is: what its figures are counted by."""

from datetime import datetime

from sluice.organizations import store
from sluice.shared import clock
from sluice.shared.errors import NotFound
from sluice.shared.memory import Memory

SECONDS = 60.0
ELSEWHERE = "UTC"  # of an organisation that has none


def _zone(organization_id: str) -> str:
    try:
        return store.find_organization(organization_id).time_zone
    except NotFound:
        return ELSEWHERE


_zones: Memory[str] = Memory(lambda _: SECONDS, _zone)


def zone(organization_id: str) -> str:
    """Return the organisation's time zone, such as Asia/Shanghai: one read a minute."""
    return _zones.get(organization_id)


def day(organization_id: str, now: datetime) -> str:
    """Return the organisation's day, such as 2026-03-05: one read a minute."""
    return clock.local_day(now, zone(organization_id)).isoformat()


def forget() -> None:
    """Forget everything: for tests."""
    _zones.forget()
