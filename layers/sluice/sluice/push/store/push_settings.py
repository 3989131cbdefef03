"""What an organisation has set for all of its pushes (E7)."""

from datetime import datetime

from sluice.push.recipient_tables import PushSettings
from sluice.push.rules.courtesy import Settings
from sluice.shared.guard import Transaction
from sluice.shared.memory import Memory
from sluice.shared.table import find

REMEMBERED_SECONDS = 30
SETTINGS = "settings"


def put_settings(organization_id: str, settings: Settings, now: datetime) -> None:
    """Store an organisation's settings: one transaction, 2 write units. Functions notice in 30 s.

    The last to write them counts.
    """
    transaction = Transaction()
    transaction.put(PushSettings(organization_id, SETTINGS, settings=settings, updated_at=now))
    transaction.commit()
    _memory.forget()


def find_settings(organization_id: str) -> Settings:
    """Return an organisation's settings as they are now: one read."""
    found = find(PushSettings, organization_id, SETTINGS)
    return found.settings if found else Settings()


def settings_of(organization_id: str) -> Settings:
    """Return an organisation's settings, up to 30 seconds old: a read, or none."""
    return _memory.get(organization_id)


def forget() -> None:
    """Forget what is remembered: for tests."""
    _memory.forget()


_memory = Memory[Settings](lambda _: REMEMBERED_SECONDS, find_settings)
