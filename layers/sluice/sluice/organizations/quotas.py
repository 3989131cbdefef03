"""Quotas of partners: how many calls are taken in a second and in a day (F3).

A process takes a share of a window by one guarded write and then serves from it, without another:
one call first, then twice as many each time, a hundredth of a day's quota (a tenth of a second's)
at most. So the quota is never exceeded; what a process has taken and does not use is lost to it.
"""

from datetime import UTC, datetime

import msgspec

from sluice.organizations.quota_tables import QuotaUse
from sluice.organizations.rules import Quota
from sluice.shared import ids, telemetry
from sluice.shared.errors import Refusal, TooMany
from sluice.shared.guard import Transaction

MAX_PROCESS_PARTNERS = 1_000  # that a process remembers shares of


class _QuotaUsed(Refusal):
    """Less is left than was asked for."""


class _Share(msgspec.Struct):
    """What this process may still serve in a window."""

    window: int  # when it began, in seconds
    limit: int  # of which it is a share: a quota that is changed begins anew
    left: int
    size: int  # of what was taken last
    is_over: bool = False


class _Window(msgspec.Struct, frozen=True):
    """A length of time with a limit."""

    name: str
    seconds: int
    limit: int
    parts: int  # a share is one of these at most


_shares: dict[tuple[str, str, str], _Share] = {}


def forget() -> None:
    """Forget every share, as a new process has: for tests."""
    _shares.clear()


def take(organization_id: str, partner_id: str, quota: Quota, now: datetime) -> None:
    """Count a call; of a quota that is set mostly nothing is written, else 2 write units.

    Raises TooMany, with when to come again: nothing of the call was done.
    """
    for window in _windows(quota):
        began = int(now.timestamp()) // window.seconds * window.seconds
        if not _serve((organization_id, partner_id, window.name), window, began):
            telemetry.note(quota=window.name)
            refused = TooMany(f"The partner's quota of {window.limit} a {window.name} is used.")
            refused.retry_after_seconds = max(1, began + window.seconds - int(now.timestamp()))
            raise refused


def _windows(quota: Quota) -> list[_Window]:
    found = []
    if quota.per_second is not None:
        found.append(_Window("second", 1, quota.per_second, 10))
    if quota.per_day is not None:
        found.append(_Window("day", 86_400, quota.per_day, 100))
    return found


def _serve(place: tuple[str, str, str], window: _Window, began: int) -> bool:
    share = _shares.get(place)
    if share is None or (share.window, share.limit) != (began, window.limit):
        if len(_shares) >= MAX_PROCESS_PARTNERS:
            _shares.clear()
        share = _shares[place] = _Share(began, window.limit, 0, 0)
    if share.left == 0 and not share.is_over:
        wanted = max(1, min(share.size * 2, window.limit // window.parts))
        share.left = share.size = _take_share(place, window, began, wanted)
        share.is_over = share.left == 0
    if share.left == 0:
        return False
    share.left -= 1
    return True


def _take_share(place: tuple[str, str, str], window: _Window, began: int, wanted: int) -> int:
    """Take so many of a window, or one where less is left: one write, two at the end."""
    for number in sorted({wanted, 1}, reverse=True):
        try:
            _take(place, window, began, number)
        except _QuotaUsed:
            continue
        return number
    return 0


def _take(place: tuple[str, str, str], window: _Window, began: int, number: int) -> None:
    organization_id, partner_id, name = place
    key = ids.key(organization_id, "quota", partner_id, name, str(began))
    used, expires = QuotaUse.used, began + window.seconds + 86_400
    transaction = Transaction()
    transaction.update(
        QuotaUse(key),
        [
            used.set((used | 0) + number),
            QuotaUse.expires.set(datetime.fromtimestamp(expires, tz=UTC)),
        ],
        condition=used.does_not_exist() | (used <= window.limit - number),
        otherwise=_QuotaUsed(),
    )
    transaction.commit()
