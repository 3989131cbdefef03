"""Conversion windows: closed once, by what the user did meanwhile (E6)."""

from datetime import datetime

from sluice.push.refusals import WindowClosed
from sluice.push.store.opening import WINDOW
from sluice.push.tables import ConversionWindow
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find


def load_window(key: str) -> ConversionWindow:
    """Return the conversion window of a push, by the push's key: one read. Raises NotFound."""
    found = find(ConversionWindow, key, WINDOW)
    if found is None:
        raise NotFound("There is no such conversion window.")
    return found


def close_window(window: ConversionWindow, *, converted: bool, now: datetime) -> None:
    """Record whether the user converted, once: one transaction of 1 item, 2 write units.

    Raises WindowClosed where that was recorded before.
    """
    transaction = Transaction()
    transaction.update(
        window,
        [
            ConversionWindow.converted.set(converted),
            ConversionWindow.closed_at.set(now),
            ConversionWindow.due_bucket.remove(),
            ConversionWindow.due_at.remove(),
            ConversionWindow.sweep_failures.remove(),
        ],
        condition=ConversionWindow.converted.does_not_exist() & ConversionWindow.key.exists(),
        otherwise=WindowClosed(),
    )
    transaction.commit()
