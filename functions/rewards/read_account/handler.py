"""GET /organizations/{organization_id}/accounts/{account_id}: balances and the newest entries.

Operators read any account; members and promoters their own, which has their member id. Reads one
query for the balances and one for each currency's entries (system accounts: for each of 16
shards). Writes nothing. Refuses nothing that exists: an account without entries is empty.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, convert

from sluice.organizations import access
from sluice.organizations.rules import MEMBER, OPERATOR, PROMOTER
from sluice.rewards import rules
from sluice.rewards.store import accounts
from sluice.shared import errors, http
from sluice.shared.fields import Currency


class Page(http.Body):
    """Which entries: newest first, from a cursor on."""

    currency: Currency | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=64)] | None = None


class BalanceView(http.View):
    """The sum of the account's entries in one currency."""

    currency: str
    balance_minor: int


class EntryView(http.View):
    """One side of a transfer: negative where the account was debited."""

    transfer_id: str
    posted_at: datetime
    kind: str
    amount_minor: int
    currency: str
    programme: str
    reason: str
    reward_id: str


class AccountView(http.View):
    """The account of one owner, in every currency or in the one asked for."""

    owner_id: str
    balances: list[BalanceView]
    entries: list[EntryView]
    next_cursor: str | None = None


@http.operation(
    access.staff(
        "GET /organizations/{organization_id}/accounts/{account_id}", OPERATOR, MEMBER, PROMOTER
    ),
    query=Page,
    answers={200: AccountView},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """Answer the account in the path."""
    account_id, asked = call.path["account_id"], call.query
    is_own = account_id == call.caller.id and not rules.is_system(account_id)
    if not is_own and OPERATOR not in call.caller.roles:
        raise errors.Forbidden("This is another owner's account.")
    found = accounts.read(
        call.organization_id, account_id, asked.currency, asked.limit, asked.cursor
    )
    view = AccountView(
        owner_id=account_id,
        balances=[
            BalanceView(currency=currency, balance_minor=balance)
            for currency, balance in sorted(found.balances.items())
        ],
        entries=[convert(entry, EntryView, from_attributes=True) for entry in found.entries],
        next_cursor=found.next_cursor,
    )
    return http.Answer(200, view)
