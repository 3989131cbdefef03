"""GET /organizations/{organization_id}/accounts/{account_id}: balances and the newest entries.

Operators read any account; everybody else their own, which has their member id. `from` and
`to` are days of the organisation's calendar (without `to`: until today; without `from`: 31 days;
366 at most); without both all entries. As CSV the cursor of the next page is in `X-Next-Cursor`.
Reads one query for the balances and one for each currency's entries (system accounts: for each of
16 shards); over days the organisation too, once a minute. Writes nothing. Refuses nothing that
exists: an account without entries is empty.

`recount` (operators) counts the entries of one currency again, at most 5,000 in a call, and from
`cursor` on the rest; where none is left, `result` says what came of it: equal, different, or moved
(the balance changed meanwhile: count again). Reads the balance of each part before and after, and
queries its entries. What is different is for people to look into.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from sluice.organizations import access, calendar
from sluice.organizations.rules import OPERATOR, ROLES
from sluice.rewards import recount_views, rules, statements
from sluice.rewards.store import accounts, recounting
from sluice.shared import clock, days, errors, http, sheets
from sluice.shared.fields import Currency

_ACCOUNT = "/organizations/{organization_id}/accounts/{account_id}"


class Page(http.Body):
    """Which entries: newest first, from a cursor on."""

    currency: Currency | None = None
    first: date | None = field(name="from", default=None)
    last: date | None = field(name="to", default=None)
    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=recounting.MAX_CURSOR)] | None = None


@http.operation(
    access.staff(f"GET {_ACCOUNT}", *ROLES),
    access.staff(f"GET {_ACCOUNT}/recount", OPERATOR),
    query=Page,
    answers={200: (statements.AccountView, recount_views.RecountView, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """Answer the account in the path, or count it again."""
    account_id, asked = call.path["account_id"], call.query
    if call.request.event["resource"].endswith("/recount"):
        if asked.currency is None:
            raise errors.Invalid("Say which currency.", [("currency", "missing")])
        view = recount_views.count(call.organization_id, account_id, asked.currency, asked.cursor)
        return http.Answer(200, view)
    is_own = account_id == call.caller.id and not rules.is_system(account_id)
    if not is_own and OPERATOR not in call.caller.roles:
        raise errors.Forbidden("This is another owner's account.")
    times = _times(call.organization_id, asked, call.now)
    found = accounts.read(
        call.organization_id, account_id, asked.currency, asked.limit, asked.cursor, times=times
    )
    if asked.format == "json":
        return http.Answer(200, statements.of(account_id, found))
    headers = {sheets.NEXT_CURSOR: found.next_cursor} if found.next_cursor else {}
    return http.Answer(200, statements.sheet(found), sheets.MEDIA_TYPE, headers)


def _times(organization_id: str, asked: Page, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when the days begin and end that are asked for, if any are."""
    if asked.first is None and asked.last is None:
        return None
    zone = calendar.zone(organization_id)
    first, last = days.days_of(asked.first, asked.last, clock.local_day(now, zone))
    if wrong := days.problem_with(first, last) or statements.problem_with(first, last):
        raise errors.Invalid(f"{wrong[0]}: {wrong[1]}.", [wrong])
    return clock.local_days(first, last, zone)
