"""The sweeper of conversion windows: who of both groups has converted when theirs closed (E6)."""

from datetime import datetime

from sluice.push.refusals import WindowClosed
from sluice.push.rules.conversions import has_converted
from sluice.push.store import conversions
from sluice.push.store.behaviours import behaviours_between
from sluice.push.store.opening import CLOSING
from sluice.push.tables import ConversionWindow, PushItem
from sluice.shared import sweeping


def close_windows(now: datetime, until: float) -> None:
    """Close every window that is over: `sweeping.sweep`.

    `until` is on the monotonic clock, in seconds. Each: one read, one query, one transaction.
    """

    def work(found: PushItem) -> str:
        window = conversions.load_window(found.key)
        converted = _has_converted(window)
        try:
            conversions.close_window(window, converted=converted, now=now)
        except WindowClosed:
            return "known"  # the index lags
        return "converted" if converted else "closed"

    sweeping.sweep(CLOSING, work, now, until)


def _has_converted(window: ConversionWindow) -> bool:
    organization_id = window.key.split("#")[0]
    start, end = window.opened_at, window.closes_at
    found = behaviours_between(organization_id, window.user_id, start, end, window.kinds)
    return has_converted(found, window.kinds, window.content_id, start, end)
