"""Channels, codes and seats for tests; what channels count must equal a recount."""

from datetime import date, datetime, timedelta
from typing import Any

from sluice.codes.rules.areas import Location
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.places import Place
from sluice.codes.rules.seats import MAX_KEPT
from sluice.codes.rules.shifts import When
from sluice.codes.store import channels, details, issued, joining, pool
from sluice.codes.store.joining import Joined
from sluice.codes.tables import Channel
from tests.support import recount
from tests.support.aws import items_of
from tests.support.candidates import SHANGHAI
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

CODE = "W7KQ2XNB9RTC"
TODAY = "2026-03-05"
SECONDS = 900


def settings_of(name: str, /, **settings: Any) -> dict[str, Any]:
    """Return a channel's settings; what is not given has the API's default."""
    given: dict[str, Any] = {
        "kind": "contact",
        "name": name,
        "provider": "sandbox",
        "provider_type": "sandbox",
        "provider_ref": f"ref-{name}",
        "cap": 10,
        "daily_cap": None,
        "weight": 1,
        "owner_id": None,
        "service_area": None,
        "shifts": None,
        "backup": False,
        "status": "open",
    }
    return given | settings


def open_channel(channel_id: str, cap: int = 10, **settings: Any) -> Channel:
    """Put a channel; what is not given has the API's default."""
    pool.forget()
    given = settings_of(channel_id, cap=cap, **settings)
    return channels.put_channel(ORGANIZATION, channel_id, given, NOW)


def issue_code(code: str = CODE, referrer_id: str | None = None, **rule: Any) -> None:
    """Issue a code with a rule."""
    issued.issue(
        ORGANIZATION,
        code=code,
        referrer_id=referrer_id,
        campaign_id=None,
        rule=Rule(**rule),
        expires_at=None,
        answer=None,
        claim=None,
        now=NOW,
    )


def join(
    customer_id: str,
    *,
    code: str = CODE,
    location: Location | None = None,
    now: datetime = NOW,
) -> Joined:
    """Join as a customer."""
    found = issued.read_code(code, now)
    return joining.join(
        found,
        issued.rule_of(found),
        customer_id,
        Place(location),
        when=When(now, SHANGHAI),
        seconds=SECONDS,
    )


def later(minutes: int) -> datetime:
    """Return a time after NOW."""
    return NOW + timedelta(minutes=minutes)


def stored_channels() -> list[Channel]:
    """Return every channel; the table has items of their details too."""
    found = [item for item in items_of(Channel) if isinstance(item, Channel)]
    return [item for item in found if not item.channel_id.startswith(details.DETAILS_OF)]


def check_counters() -> None:
    """Assert that what channels count equals a recount of the seats (A5, A8).

    Days that no daily cap asks for any more are trimmed: only the latest are compared. Seats keep
    their last assignments only, days count them all: one that is full says no more than at least.
    """
    held, days, turns = recount.held(), recount.days(), recount.turns()
    is_full = any(len(kept) > MAX_KEPT for _, kept in recount.seats())
    for channel in stored_channels():
        name = channel.channel_id
        assert int(channel.held) - int(channel.outside) == held[name], name
        assert int(channel.turns or 0) >= turns[name], name  # seats do not keep all, for ever
        kept = {k: int(v) for k, v in channel.days.attribute_values.items() if v}
        expected = {f"d{d.replace('-', '')}": n for (c, d), n in days.items() if c == name}
        latest = _latest({*kept, *expected})
        forgotten = {k: n - expected.get(k, 0) for k, n in kept.items() if k in latest}
        assert {k for k in expected if k in latest} <= {*kept}, name
        assert all(n >= 0 if is_full else n == 0 for n in forgotten.values()), (name, forgotten)


def _latest(names: set[str]) -> set[str]:
    """Return the names of days, such as d20260305, that are within two days of the last."""
    days = {name: date.fromisoformat(name[1:]) for name in names}
    last = max(days.values(), default=date.min)
    return {name for name, day in days.items() if (last - day).days <= 2}
