"""How operations show an account: what it holds, and the entries that made it so."""

from collections.abc import Iterator
from datetime import date, datetime

from sluice.rewards.rules import money
from sluice.rewards.store.accounts import Statement
from sluice.rewards.tables import Entry
from sluice.shared import http, sheets

FIRST_YEAR, LAST_YEAR = 1971, 9998  # whose days begin and end at times that ids can say
COLUMNS = (
    "posted_at",
    "transfer_id",
    "kind",
    "reason",
    "programme",
    "reward_id",
    "currency",
    "amount",
    "amount_minor",
    "pending_minor",
    "owed_minor",
)


class BalanceView(http.View):
    """What the account holds in one currency, what is announced to it, and what is its debt."""

    currency: str
    balance_minor: int
    pending_minor: int = 0
    owed_minor: int = 0


class EntryView(http.View):
    """One side of a transfer: negative where the account was debited, or owes less than before."""

    transfer_id: str
    posted_at: datetime
    kind: str
    amount_minor: int
    currency: str
    programme: str
    reason: str
    reward_id: str
    pending_minor: int = 0
    owed_minor: int = 0


class AccountView(http.View):
    """The account of one owner, in every currency or in the one asked for."""

    owner_id: str
    balances: list[BalanceView]
    entries: list[EntryView]
    next_cursor: str | None = None


def of(account_id: str, found: Statement) -> AccountView:
    """Return what is shown of an account."""
    return AccountView(
        owner_id=account_id,
        balances=[
            BalanceView(
                currency=currency,
                balance_minor=balance,
                pending_minor=found.pending[currency],
                owed_minor=found.owed[currency],
            )
            for currency, balance in sorted(found.balances.items())
        ],
        entries=[entry_of(entry) for entry in found.entries],
        next_cursor=found.next_cursor,
    )


def sheet(found: Statement) -> str:
    """Return the entries as CSV; `amount` is written out by the currency's exponent."""
    return sheets.render(COLUMNS, _lines(found))


def problem_with(first: date, last: date) -> tuple[str, str] | None:
    """Return the field at fault and why, where no entry can be of such a day; or None."""
    if first.year < FIRST_YEAR:
        return "from", f"before {FIRST_YEAR}"
    return ("to", f"after {LAST_YEAR}") if last.year > LAST_YEAR else None


def _lines(found: Statement) -> Iterator[list[sheets.Cell]]:
    for entry in map(entry_of, found.entries):
        shown: dict[str, sheets.Cell] = {
            **{name: getattr(entry, name) for name in entry.__struct_fields__},
            "posted_at": entry.posted_at.isoformat(),
            "amount": money.exact(entry.amount_minor, entry.currency),
        }
        yield [shown[name] for name in COLUMNS]


def entry_of(entry: Entry) -> EntryView:
    """Return the view of an entry."""
    return EntryView(
        transfer_id=entry.transfer_id,
        posted_at=entry.posted_at,
        kind=entry.kind,
        amount_minor=int(entry.amount_minor),
        currency=entry.currency,
        programme=entry.programme,
        reason=entry.reason,
        reward_id=entry.reward_id,
        pending_minor=int(entry.pending_minor or 0),
        owed_minor=-int(entry.owed_minor or 0),
    )
