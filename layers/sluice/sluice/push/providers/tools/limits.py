"""How much an account may send: its `limits`, counted by all processes together.

A window is a second, a minute or a day of the clock, so twice a limit may leave around the moment
when one ends and the next begins. What a window has counted may not have left.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Unreachable
from sluice.shared import guard, ids
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.providers.tables import ProviderWindow

SECONDS: Mapping[str, int] = {"per_day": 86_400, "per_minute": 60, "per_second": 1}
KEPT = timedelta(days=1)
BUSY_SECONDS = 1


class LimitReached(Refusal):
    """Nothing more may be sent in this window."""

    slug, title = "provider-limit-reached", "The account has sent as much as it may for now"

    def __init__(self, name: str, retry_after_seconds: int) -> None:
        super().__init__()
        self.name = name
        self.retry_after_seconds = retry_after_seconds


def take(account: ProviderAccount, now: datetime) -> None:
    """Count one message against the account's limits: one transaction, none without limits.

    Raises Unreachable with the seconds until there is room.
    """
    given = {name: (account.limits or {}).get(name) for name in SECONDS}
    transaction = Transaction()
    for name, limit in given.items():
        if limit is not None:
            _count(transaction, account, (name, int(limit)), now)
    if all(limit is None for limit in given.values()):
        return
    try:
        transaction.commit()
    except LimitReached as refusal:
        why = f"its limit {refusal.name} is reached"
        raise Unreachable(why, refusal.retry_after_seconds) from None
    except Exception as error:
        if not guard.is_busy(error):
            raise
        raise Unreachable("the counter of its limits is busy", BUSY_SECONDS) from None


def _count(
    transaction: Transaction, account: ProviderAccount, limit: tuple[str, int], now: datetime
) -> None:
    name, most = limit
    seconds = SECONDS[name]
    window, since = divmod(int(now.timestamp()), seconds)
    sent = ProviderWindow.sent
    room = sent < most
    key = ids.key(account.organization_id, "limit", account.account_id, name, str(window))
    transaction.update(
        ProviderWindow(key),
        [sent.add(1), ProviderWindow.expires.set(now + KEPT + timedelta(seconds=seconds))],
        condition=room | sent.does_not_exist() if most else room,
        otherwise=LimitReached(name, seconds - since),
    )
